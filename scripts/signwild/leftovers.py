"""What killed processes left behind: files that were being written, and progress of folds that are done."""

import platform
import re
from collections.abc import Iterator
from pathlib import Path

from signwild.store import store_path

_WRITING = re.compile(rf"\.writing-.*-{re.escape(platform.node())}-(\d+)-[^-]+")
"""As signwild.files names what is being written: host and process. Of another host nothing can be known."""


def find_leftovers(folders: list[Path], store: Path) -> Iterator[tuple[Path, str]]:
    """Files below ``folders`` and in ``store`` that nothing will ever use, each with the reason."""
    for folder in [*folders, store]:
        for path in sorted(folder.rglob(".writing-*")):
            match = _WRITING.fullmatch(path.name)
            if match and not Path("/proc", match[1]).exists():
                yield path, "was being written by a process that is dead"
    for path in sorted((store / "progress").glob("*.h5")):
        if store_path(store, "training", path.stem).exists():
            yield path, "is the progress of a fold that is done"
