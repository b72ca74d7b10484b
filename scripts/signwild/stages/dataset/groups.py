"""Groups of videos, by person or by source, that folds, inner folds and early stopping keep together."""

from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.configuration.sections.segments import GroupBy

GROUP_IS = {
    "person": "a group is a person, or a video where no person is given",
    "source": "a group is a source with all videos of its persons, so sources that share a person are one; where no "
    "source is given, it is a person, or a video by itself",
}
"""Definition of a group for each value of ``segments.group_by``, for messages, notes and cards."""


def folds_note(by: GroupBy) -> str:
    """Return a sentence that states how the folds were made, for notes under tables."""
    return f"Folds by {by}: groups stay whole; {GROUP_IS[by]}."


def group_videos(videos: pd.DataFrame, by: GroupBy) -> pd.Series:
    """Return the group of each video, indexed by video_id.

    By person, it is the person, else the video_id. By source, it is the connected component of videos that share
    sources or persons, named after one of its sources (``source x``), else ``person x`` or ``video x``.

    ``videos``: video_id, person and source; the last two are empty if not given.
    """
    ids = videos["video_id"]
    if by == "person":
        return videos["person"].where(videos["person"] != "", ids).set_axis(ids)
    itself = "video " + ids
    persons = ("person " + videos["person"]).where(videos["person"] != "", itself)
    sources = ("source " + videos["source"]).where(videos["source"] != "", itself)
    groups = sources.where(videos["source"] != "", persons)
    while True:
        # Take the last name in sort order, so a source's name wins over a person's.
        joined = groups.groupby(persons).transform("max").groupby(sources).transform("max")
        if joined.equals(groups):
            return groups.set_axis(ids)
        groups = joined


def check_sources(labels: Path, videos: pd.DataFrame, by: GroupBy) -> None:
    """Raise InputError if folds are by source but no video has one; print how many videos sources cover.

    ``videos``: as for ``group_videos``.
    """
    if by != "source":
        return
    named = videos[videos["source"] != ""]
    if named.empty:
        raise InputError(
            f"{labels}: names no source of any video, but `segments.group_by` is source; add a column source to a CSV "
            "file, or keep ELAN's files in a folder for each source (labels in the authors' form have no place for "
            "it), or set `segments.group_by` to person"
        )
    if missing := len(videos) - len(named):
        without = f"{missing:,} of {len(videos):,} videos have no source"
        print(f"folds by source: {without}; their person, or the video itself, counts", flush=True)
    sources = named["source"].nunique()
    groups = group_videos(videos, by)[named["video_id"]].nunique()
    if groups < sources:
        print(f"folds by source: {sources:,} sources are in {groups:,} groups, as some share a person", flush=True)
