"""What the labels of a folder say before anything is run: the segments to expect, and what is left out."""

from pathlib import Path

import pandas as pd

from signwild.base.notes import MOST_NAMES, first_names
from signwild.base.words import counted
from signwild.configuration.file import Configuration
from signwild.plan.dataset import check_labelled_groups, labelled_folder
from signwild.stages.dataset.read_folder import LabelledFolder
from signwild.stages.dataset.video_ends import check_stated_ends
from signwild.upkeep.forecast.costs import FRAMES_A_SAMPLE
from signwild.video.files import is_shown_video


def check_labelled(configuration: Configuration) -> None:
    """Raise the InputError with which a run would refuse the labels of a folder of videos before it decodes any."""
    if folder := labelled_folder(configuration):
        check_labelled_groups(configuration, folder)
        there = {video_id: folder.files[video_id] for video_id in folder.sizes}
        check_stated_ends(Path(configuration.dataset.labels), folder.labels.spans, there)


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
    unlabelled = [path.name for path in folder.unlabelled if is_shown_video(path)]
    missing = sorted(folder.files.keys() - folder.sizes.keys())
    parts = []
    if unlabelled:
        parts.append(f"{counted(len(unlabelled), 'video')} without labels ({first_names(unlabelled, MOST_NAMES)})")
    if missing:
        parts.append(f"{counted(len(missing), 'labelled video')} without a file ({first_names(missing, MOST_NAMES)})")
    return ", ".join(parts)
