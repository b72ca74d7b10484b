"""Checks of one file of the store: whether it is complete, as it was written, and as the run's tables state."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from signwild.base.store import content_digest
from signwild.upkeep.verification.inspection import UNREADABLE, Inspection, in_one_line

BLOCK = 256
"""Rows of features that are checked at once: they are held in memory besides the file's largest dataset."""


@dataclass(frozen=True)
class StoreFile:
    """A file of the store, as one table of a run refers to it; several tables may name the same file.

    ``sources``: what it must have been made from, or None if that is not known. ``remove``: what to remove with it.
    ``data_problem``: what is wrong with its data, though they are as they were written, or None. ``blamed``: the file
    at fault, if it is not this one. ``needs``: the source video, if it is missing.
    """

    path: Path
    sources: set[str] | None
    remove: tuple[Path, ...]
    data_problem: Callable[[h5py.File], str | None]
    blamed: Path | None = None
    needs: Path | None = None


def check_store_file(look: Inspection, references: list[StoreFile]) -> int:
    """Check one file of the store, read once for all references to it; returns its size in bytes."""
    path, remove = references[0].path, tuple(name for reference in references for name in reference.remove)
    needs = next((reference.needs for reference in references if reference.needs), None)
    if not path.exists():
        look.report(path, "is missing, though the run's tables name it", remove, needs=needs)
        return 0
    try:
        with h5py.File(path) as opened:
            if not {"key", "content"} <= opened.attrs.keys() or "sources" not in opened:
                problem = "is from an older version: it does not record what is in it"
                look.report(path, problem, remove, "not up to date")
                return path.stat().st_size
            if problem := _file_problem(path, opened):
                look.report(path, problem, (path, *remove), needs=needs)
            for reference in [] if problem else references:
                _check_reference(look, reference, opened)
    except UNREADABLE as error:
        problem = f"cannot be read: truncated or corrupted ({in_one_line(error)})"
        look.report(path, problem, (path, *remove), needs=needs)
    return path.stat().st_size


def _file_problem(path: Path, opened: h5py.File) -> str | None:
    if opened.attrs["content"] != content_digest(opened):
        return "its data are not what was written: the disk, or a copy, corrupted them"
    if opened.attrs["key"] != path.stem:
        return f"belongs to another key, {opened.attrs['key']}"
    return None


def _check_reference(look: Inspection, reference: StoreFile, opened: h5py.File) -> None:
    path = reference.path
    if reference.sources is not None and {source.decode() for source in opened["sources"][()]} != reference.sources:
        problem = "was made from other sources than the run's tables list"
        look.report(path, problem, (path, *reference.remove), needs=reference.needs)
    elif problem := reference.data_problem(opened):
        own = () if reference.blamed else (path,)
        look.report(reference.blamed or path, problem, (*own, *reference.remove), needs=reference.needs)


def samples_problem(opened: h5py.File, rows: int) -> str | None:
    """Return what is wrong with the samples of a video that has ``rows`` samples by its manifest, or None."""
    return (
        None
        if len(opened["frame"]) == len(opened["time_s"]) == len(opened["stretch"]) == rows
        else "does not have as many samples as its manifest states"
    )


def looks_problem(opened: h5py.File, looks: int) -> str | None:
    """Return what is wrong with the faces of a video with ``looks`` inspected samples, or None."""
    return None if len(opened["look"]) == looks else "does not have as many checked samples as its manifest states"


def features_problem(opened: h5py.File, frames: np.ndarray | None) -> str | None:
    """Return what is wrong with features of the samples at ``frames`` (n,; None if not known), or None."""
    features = opened["features"]
    if frames is not None and not (len(features) == len(frames) and np.array_equal(opened["frame"][()], frames)):
        return "its rows are not the video's samples"
    if any(not np.isfinite(features[start : start + BLOCK]).all() for start in range(0, len(features), BLOCK)):
        return "has a non-finite feature"
    return None


def probabilities_problem(opened: h5py.File, said: np.ndarray) -> str | None:
    """Return what is wrong with a fold's predictions ``said`` (n, 3), in the order of video and frame, or None."""
    return (
        None
        if np.array_equal(opened["probabilities"][()], said)
        else "has other probabilities than its folds in the store"
    )
