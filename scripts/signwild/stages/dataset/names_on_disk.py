"""Names of files, whatever the Unicode form in which labels and a disk write them."""

import os
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

ANY_SUFFIX = ".*"
"""Suffix of the path of a file that was looked for by its stem."""


def composed(name: str) -> str:
    """Return a name with letters and accents composed (NFC); a Mac's disks and archives may have them decomposed."""
    return unicodedata.normalize("NFC", name)


class NamesOnDisk:
    """Look-up of files by names; each folder is listed once."""

    def __init__(self) -> None:
        self._by_form = cache(_by_form)

    def actual(self, path: Path) -> Path:
        """Return a path as it is on the disk if only its Unicode form differs there, else unchanged."""
        return path if os.path.exists(path) else self._found(path, composed) or path  # noqa: PTH110

    def in_other_case(self, path: Path) -> Path | None:
        """Return the file that differs from a path in capital and small letters only, if there is one.

        A path with ANY_SUFFIX stands for the files with its stem.
        """
        if path.suffix == ANY_SUFFIX and (folder := self._found(path.parent, _folded)):
            name = self._by_form(folder, _folded_stem).get(_folded(path.stem))
            return folder / name if name else None
        return self._found(path, _folded)

    def _found(self, path: Path, form: Callable[[str], str]) -> Path | None:
        found = Path(path.anchor)
        for part in path.parts[1 if path.anchor else 0 :]:
            if os.path.lexists(found / part):
                found /= part
            elif name := self._by_form(found, form).get(form(part)):
                found /= name
            else:
                return None
        return found


def _folded(name: str) -> str:
    return composed(name).casefold()


def _folded_stem(name: str) -> str:
    return _folded(Path(name).stem)


def _by_form(folder: Path, form: Callable[[str], str]) -> dict[str, str]:
    """Return the names in a folder by their form; empty if it cannot be listed."""
    try:
        return {form(name): name for name in sorted(os.listdir(folder), reverse=True)}  # noqa: PTH208
    except OSError:
        return {}
