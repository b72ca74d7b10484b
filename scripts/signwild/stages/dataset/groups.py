"""Groups of videos: what folds, inner folds and early stopping keep together, by person or by source."""

from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.configuration.sections.segments import GroupBy

GROUP_IS = {
    "person": "a group is a person, or a video where no person is given",
    "source": "a group is a source with all videos of its persons, so sources that share a person are one; where no "
    "source is given, it is a person, or a video by itself",
}
"""What a group is under each value of ``segments.group_by``, for messages, notes and cards."""


def folds_note(by: GroupBy) -> str:
    """By what the folds were made, as a sentence to stand under tables."""
    return f"Folds by {by}: groups stay whole; {GROUP_IS[by]}."


def group_videos(videos: pd.DataFrame, by: GroupBy) -> pd.Series:
    """The group of each video, indexed by video_id.

    By person it is the person, else the video_id. By source it is the part of the videos that is connected by sources
    and persons, called after a source in it (``source x``), else ``person x`` or ``video x``.

    ``videos``: video_id, person and source, the last two empty where none is given.
    """
    ids = videos["video_id"]
    if by == "person":
        return videos["person"].where(videos["person"] != "", ids).set_axis(ids)
    itself = "video " + ids
    persons = ("person " + videos["person"]).where(videos["person"] != "", itself)
    sources = ("source " + videos["source"]).where(videos["source"] != "", itself)
    groups = sources.where(videos["source"] != "", persons)
    while True:
        # The last name is taken, so that a source's comes before a person's.
        joined = groups.groupby(persons).transform("max").groupby(sources).transform("max")
        if joined.equals(groups):
            return groups.set_axis(ids)
        groups = joined


def check_sources(labels: Path, videos: pd.DataFrame, by: GroupBy) -> None:
    """Where folds are by source: raise InputError if no video has one, and say how far sources go.

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
