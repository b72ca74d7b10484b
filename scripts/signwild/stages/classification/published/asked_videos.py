"""Videos as a published detector sees them: each video's probability of signing, from its stored poses."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.predictions.by_video import video_rows
from signwild.stages.classification.published.network import PublishedLstm, read_published
from signwild.stages.classification.published.speeds import body_speeds
from signwild.stages.features.pooling import first_rows


def ask_published(
    segments: pd.DataFrame, fold: int, parameters: PublishedClassifier, length: int
) -> tuple[np.ndarray, dict]:
    """Return class probabilities (n, 3) float32 of a fold's videos, and what was done.

    ``segments``: as ``classify_fold`` wants them, with the path of each video's poses. The detector says signing or
    not; what is not signing is shared evenly among the other classes. A video's probability is the mean over all
    samples of its segments but the first of each run of samples, which has no speed.
    """
    network = read_published(Path(parameters.file))
    own = segments[segments["fold"] == fold]
    rows = video_rows(own)
    by_video = own.groupby("video_id", sort=False)
    signing = np.array(
        [_signing(by_video.get_group(name), length, parameters.sample_rate, network) for name in rows["video_id"]]
    )
    others = len(CLASSES) - 1
    probabilities = np.column_stack([signing, *[(1 - signing) / others] * others])
    return probabilities.astype(np.float32), {"steps_a_second": parameters.sample_rate}


def _signing(segments: pd.DataFrame, length: int, sample_rate: int, network: PublishedLstm) -> float:
    """Return the mean probability of signing over the segments of one video."""
    with h5py.File(segments["path"].iloc[0]) as file:
        points, sure, seen, frames = (file[name][()] for name in ("points", "sure", "seen", "frame"))
        starts = first_rows(file, segments, length)
    asked = np.zeros(len(frames), bool)
    for start in starts:
        asked[start : start + length] = True
    speeds, steps = body_speeds(points, sure, seen, sample_rate), np.diff(frames)
    runs = np.split(np.arange(len(frames)), np.flatnonzero(steps > 1.5 * np.median(steps)) + 1)
    answers = [network.signing(speeds[run[:-1]])[asked[run[1:]]] for run in runs]
    return float(np.concatenate(answers).mean())
