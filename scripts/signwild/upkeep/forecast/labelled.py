"""What the labels of a folder say before anything is run: the segments to expect, and what is left out."""

from pathlib import Path

import pandas as pd

from signwild.base.words import counted
from signwild.configuration.file import Configuration
from signwild.configuration.sections.dataset import FolderDataset
from signwild.plan.dataset import excluded_file
from signwild.stages.dataset.read_folder import LabelledFolder, read_folder
from signwild.stages.dataset.selection import read_excluded
from signwild.upkeep.forecast.costs import FRAMES_A_SAMPLE
from signwild.video.files import VIDEO_SUFFIXES

MOST_NAMES = 5
"""Names that are listed, at most."""


def labelled_folder(configuration: Configuration) -> LabelledFolder | None:
    """Return the videos and labels of a user's folder; None for another kind of data set. Raises InputError."""
    dataset = configuration.dataset
    if not isinstance(dataset, FolderDataset):
        return None
    excluded = read_excluded(excluded_file(configuration))
    return read_folder(Path(dataset.videos_dir), Path(dataset.labels), dataset.tiers, dataset.overlap, excluded)


def segments_of_labels(spans: pd.DataFrame, videos: pd.DataFrame, configuration: Configuration) -> int:
    """Return the number of segments that fit into the labelled spans, an estimate.

    ``spans``: as in ``Labels``; labels by frame are taken to be at 30 frames a second. ``videos``: video_id and
    samples of each.
    """
    length, stride = configuration.segments.length, configuration.segments.stride
    total, samples = 0, videos.set_index("video_id")["samples"]
    for span in spans[spans["video_id"].isin(samples.index)].itertuples():
        of_video = samples[span.video_id]
        if span.unit == "frame":
            start, end = int(span.start) / FRAMES_A_SAMPLE, (int(span.end) + 1) / FRAMES_A_SAMPLE
        else:
            rate = configuration.resample.sample_rate
            start, end = rate * float(span.start), rate * float(span.end) if span.end else of_video
        labelled = int(min(end, of_video) - start)
        total += (labelled - length) // stride + 1 if labelled >= length else 0
    return total


def left_out_in_words(folder: LabelledFolder) -> str:
    """Return which videos of a folder have no labels, and which labelled ones no file; empty if there are none."""
    unlabelled = [
        path.name
        for path in folder.unlabelled
        if path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".")  # as Macs put beside each file
    ]
    missing = sorted(folder.files.keys() - folder.sizes.keys())
    parts = []
    if unlabelled:
        parts.append(f"{counted(len(unlabelled), 'video')} without labels ({_some(unlabelled)})")
    if missing:
        parts.append(f"{counted(len(missing), 'labelled video')} without a file ({_some(missing)})")
    return ", ".join(parts)


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
