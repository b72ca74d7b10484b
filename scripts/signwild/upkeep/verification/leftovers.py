"""Leftovers of killed processes: files that were being written, and progress of folds that are complete."""

from collections.abc import Iterator
from pathlib import Path

from signwild.base.files import is_left_behind
from signwild.base.store import store_path


def find_leftovers(folders: list[Path], store: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files below ``folders`` and in ``store`` that nothing will ever use, each with the reason."""
    for folder in [*folders, store]:
        for path in sorted(folder.rglob(".writing-*")):
            if is_left_behind(path):
                yield path, "was being written by a process that is dead"
    for path in sorted((store / "progress").glob("*.h5")):
        if store_path(store, "training", path.stem).exists():
            yield path, "is the progress of a fold that is finished"
