"""One file of the store: whether it is whole, what was written, and what the run's tables say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from signwild.inspection import UNREADABLE, Inspection, in_one_line
from signwild.store import content_digest

BLOCK = 256
"""Rows of features that are looked at at once, as they are held in memory as well as the file's largest dataset."""


@dataclass(frozen=True)
class StoreFile:
    """A file of the store that a run refers to.

    ``sources``: what it must have been made from, or None where that is not known. ``remove``: what must go with it.
    ``data_problem``: what is wrong with its data, though they are what was written, or None.
    """

    path: Path
    sources: set[str] | None
    remove: tuple[Path, ...]
    data_problem: Callable[[h5py.File], str | None]


def check_store_file(look: Inspection, file: StoreFile) -> int:
    """Check one file of the store; returns its bytes."""
    if not file.path.exists():
        look.report(file.path, "is not there, though the run's tables name it", file.remove)
        return 0
    try:
        with h5py.File(file.path) as opened:
            problem = _problem(file, opened)
    except UNREADABLE as error:
        problem = f"cannot be read: truncated or spoiled ({in_one_line(error)})"
    if problem:
        look.report(file.path, problem, (file.path, *file.remove))
    return file.path.stat().st_size


def _problem(file: StoreFile, opened: h5py.File) -> str | None:
    if not {"key", "content"} <= opened.attrs.keys() or "sources" not in opened:
        return "is of an older version: it does not say what is in it"
    if opened.attrs["content"] != content_digest(opened):
        return "its data are not what was written: the disk, or a copy, spoiled them"
    if opened.attrs["key"] != file.path.stem:
        return f"is the file of another key, {opened.attrs['key']}, under this name"
    if file.sources is not None and {source.decode() for source in opened["sources"][()]} != file.sources:
        return "was made from something else than the run's tables say"
    return file.data_problem(opened)


def samples_problem(opened: h5py.File, rows: int) -> str | None:
    """What is wrong with the samples of a video of which the manifest says that there are ``rows``."""
    return (
        None
        if len(opened["frame"]) == len(opened["time_s"]) == rows
        else "has not as many samples as its manifest says"
    )


def looks_problem(opened: h5py.File, looks: int) -> str | None:
    """What is wrong with the faces of a video that was looked at ``looks`` times."""
    return None if len(opened["look"]) == looks else "has not as many looks as its manifest says"


def features_problem(opened: h5py.File, frames: np.ndarray | None) -> str | None:
    """What is wrong with features of the samples at ``frames`` (n,), which are None where they are not known."""
    features = opened["features"]
    if frames is not None and not (len(features) == len(frames) and np.array_equal(opened["frame"][()], frames)):
        return "its rows are not the video's samples"
    if any(not np.isfinite(features[start : start + BLOCK]).all() for start in range(0, len(features), BLOCK)):
        return "has a feature that is no finite number"
    return None
