"""Results in an output folder: found again by the content of their video, whatever its path is now."""

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import pandas as pd

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import name_digest
from signwild.configuration.sections.detection import Decision
from signwild.stages.detector.detected_video import (
    FIRST_LOOK_COLUMNS,
    DetectedVideo,
    FirstLookOnly,
    as_segments,
    shown,
)

SOURCE, RESULT = "source.json", "result.json"
"""The file that a folder is about and the settings used; and, written last, the results."""

QUICK = "quick"
"""Key of results of a quick pass in SOURCE, and of what they lack in RESULT; others have no such key."""

DOWNLOADS = "downloads"

RESERVED = (DOWNLOADS, "index.html", "summary.csv", ".", "..")
"""Names in the output folder that are not folders of videos."""

LONGEST_FOLDER = 200
"""Bytes of a folder's name, at most: a file's name can have 255, and files in the folder add suffixes to its name."""


@dataclass(frozen=True)
class Place:
    """A video's folder, and what is in it.

    ``source``: what is to be recorded of the video. ``is_done``: whether the folder has the results of these bytes.
    ``is_moved``: whether these were recorded of another path, or time, of the video. ``original``: the path of another
    file with the same bytes, which is still there and whose results these are; else empty.
    """

    folder: Path
    source: dict[str, object]
    is_done: bool = False
    is_moved: bool = False
    original: str = ""


class KeptResults:
    """The folders of results in ``out``, each of one video. ``stride``: with which they are made.

    ``takes_quick``: whether results of a quick pass will do; otherwise they are made again in the same folder.
    """

    def __init__(self, out: Path, stride: int, takes_quick: bool = False) -> None:
        self._out, self._stride, self._takes_quick = out, stride, takes_quick
        self._sources: dict[Path, dict] = {}
        # The same folders by the path, and by the content, of their video: a large archive is searched once per file.
        self._of_path, self._of_content = defaultdict(list), defaultdict(list)
        for path in sorted(out.glob(f"*/{SOURCE}")):
            self._remember(path.parent, read_json(path, "path"))
        self._seen: dict[str, str] = {}

    def place_of(self, file: Path) -> Place:
        """Return the folder of a video: that of its bytes, else that of its path, else a new one.

        A file whose path, size and time are known is not read.
        """
        facts, path = _facts(file), absolute(file)
        same = self._of_path.get(facts["path"], [])
        known = [self._sources[folder].get("sha256") for folder in same if self._is_recorded(folder, facts)]
        sha256 = self._seen[facts["path"]] = (known and known[0]) or file_sha256(file)
        there = [folder for folder in self._of_content.get(sha256, []) if (folder / RESULT).exists()]
        done = [folder for folder in there if self._takes_quick or QUICK not in self._sources[folder]]
        for folder in [folder for folder in done if folder in same] or done:
            source = self._source(facts, sha256, path, folder)
            recorded = self._sources[folder]
            source |= {QUICK: True} if QUICK in recorded else {}
            is_copy = recorded["path"] != facts["path"] and _is_unchanged(recorded)
            original = str(recorded["path"]) if is_copy else ""
            return Place(folder, source, is_done=True, is_moved=source != recorded and not is_copy, original=original)
        folder = (same or there or [self._new_folder(file)])[0]
        return Place(folder, self._source(facts, sha256, path, folder))

    def is_known(self, file: Path) -> bool:
        """Return whether there are results of a file whose path, size and time are known; it is not read."""
        facts = _facts(file)
        folders = self._of_path.get(facts["path"], [])
        return any(self._is_recorded(folder, facts) and (folder / RESULT).exists() for folder in folders)

    def record(self, place: Place) -> None:
        """Remember what a folder's results are of, once that is in its file."""
        self._remember(place.folder, place.source)

    def _remember(self, folder: Path, source: dict) -> None:
        before = self._sources.get(folder)
        for folders, name in ((self._of_path, "path"), (self._of_content, "sha256")):
            if before:
                folders[before.get(name)].remove(folder)
            folders[source.get(name)].append(folder)
        self._sources[folder] = source

    def forget_replaced(self) -> None:
        """Remove results of files in whose place other bytes were seen, and that were not seen elsewhere."""
        for folder, source in self._sources.items():
            if self._seen.get(source["path"], source.get("sha256")) != source.get("sha256"):
                (folder / RESULT).unlink(missing_ok=True)

    def _is_recorded(self, folder: Path, facts: dict[str, object]) -> bool:
        return all(self._sources[folder].get(name) == value for name, value in facts.items())

    def _source(self, facts: dict[str, object], sha256: str, path: Path, folder: Path) -> dict[str, object]:
        link = shown(link_to(path, folder))
        return {**facts, "link": link, "sha256": sha256, "stride": self._stride}

    def _new_folder(self, file: Path) -> Path:
        """Return a new folder, named after the file, with a number if there is another of this name."""
        name = short_name(shown(file.stem))
        for own in chain([name], (f"{name}_{number}" for number in count(2))):
            folder = self._out / own
            if own not in RESERVED and not (folder / SOURCE).exists() and not _has_files(folder):
                return folder
        raise AssertionError("there is always a next number")


def short_name(name: str) -> str:
    """Return a name of LONGEST_FOLDER bytes at most: a longer one is cut and ends in a digest, the same every time."""
    content = name.encode()
    if len(content) <= LONGEST_FOLDER:
        return name
    end = f"-{name_digest(name)}"
    return content[: LONGEST_FOLDER - len(end)].decode(errors="ignore") + end


def read_detected(folder: Path, video: Path) -> DetectedVideo:
    """Read the results in a folder, which are of ``video``, as they were written; raise InputError if damaged."""
    result = read_json(folder / RESULT, "segments", "decision", "detector", "variant")
    try:
        windows = pd.read_parquet(folder / "windows.parquet")
        return DetectedVideo(
            video=video,
            windows=windows,
            segments=as_segments(result["segments"]),
            first_look_only=_first_look_only(result.get(QUICK)),
            decision=Decision(**result["decision"]),
            **{name: _number(result[name]) for name in ("duration_s", "fps", "signing_share", "signing_probability")},
            **{name: result[name] for name in ("width", "height", "verdict", "flags", "detector", "variant")},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}: its results cannot be read ({error}); move the folder away") from None


def read_json(path: Path, *keys: str) -> dict:
    """Read a JSON file that this program wrote and check that it has ``keys``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _ = [content[key] for key in keys]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: is missing, or was not written by this program ({error}); move its folder away, or give "
            "another --out"
        ) from None
    return content


def _facts(file: Path) -> dict[str, object]:
    """Return what tells a file from others without reading it."""
    status = file.stat()
    return {"path": shown(absolute(file)), "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def absolute(path: Path) -> Path:
    """Return a path as absolute and without "..", so each file has only one."""
    return Path(os.path.normpath(path.absolute()))


def link_to(file: Path, folder: Path) -> str:
    """Return the path of a file relative to a folder."""
    return os.path.relpath(absolute(file), absolute(folder))


def _is_unchanged(source: dict) -> bool:
    """Return whether the file of a record is still there, with the size and time of the record."""
    try:
        status = Path(source["path"]).stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (source.get("bytes"), source.get("mtime_ns"))


def _first_look_only(quick: dict | None) -> FirstLookOnly | None:
    """Return what a quick pass has not looked at in full, from the results as JSON; None of another pass."""
    if quick is None:
        return None
    parts = pd.DataFrame(quick["first_look_only"], columns=FIRST_LOOK_COLUMNS, dtype=float)
    return FirstLookOnly(quick["first_look_variant"], parts)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _has_files(folder: Path) -> bool:
    """Return whether a folder contains more than what a killed process was writing."""
    return folder.exists() and (not folder.is_dir() or any(not path.name.startswith(".") for path in folder.iterdir()))
