"""Segments: consecutive samples with one label, and the folds of their videos (paper section 5.1)."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import read_table, read_tables, write_table, written_whole
from signwild.base.shards import ShardPaths
from signwild.cli.program import run_function
from signwild.configuration.sections.segments import Segments
from signwild.exported.training_videos import check_held_out
from signwild.stages.dataset.groups import group_videos
from signwild.stages.dataset.sample_labels import UNLABELLED, label_samples
from signwild.stages.resample.samples import read_samples
from signwild.stages.segments.folds import assign_folds, describe_folds
from signwild.video.frame_times import stretch_starts

SEGMENT_COLUMNS = ["video_id", "group", "start_frame", "label", "fold"]


def cut_segments(
    resampled: ShardPaths,
    dataset: ShardPaths,
    labels: ShardPaths,
    store: Path,
    parameters: Segments,
    max_failed_share: float,
    frozen: Path,
    output_dir: Path,
    starts: Sequence[Path] = (),
) -> None:
    """Cut the segments of a run and assign its folds: segments.parquet, folds.tsv and balance.tsv in ``output_dir``.

    ``resampled``, ``dataset``, ``labels``: the shards' resample manifests, data set tables and label tables.
    ``starts``: folders of the detectors that trainings start from. ``frozen``: the folds of earlier runs, kept and
    updated. Raises InputError if too many videos failed, if such a detector was trained on one of the videos, if
    nothing is left, or if a class has fewer groups than there are folds.
    """
    samples = read_tables(resampled)
    _check_failures(samples, max_failed_share)
    groups = group_videos(read_tables(dataset), parameters.group_by)
    spans = dict(list(read_tables(labels).groupby("video_id")))
    parts = [
        _video_segments(video, spans[video["video_id"]], store, parameters)
        for video in samples.query("status == 'ok'").sort_values("video_id").to_dict("records")
        if video["video_id"] in spans
    ]
    segments = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else None
    if segments is None:
        raise InputError(
            f"no video has {parameters.length} labelled samples in a row; "
            "label longer stretches, or lower segments.length"
        )
    check_held_out(samples, segments["video_id"], starts)
    segments["group"] = segments["video_id"].map(groups)
    known = read_table(frozen, {"fold": int}) if frozen.exists() else None
    folds = assign_folds(segments, parameters.folds, parameters.seed, parameters.group_by, known)
    # By video: a group's name may be reused for other videos after the videos that it was frozen with are gone.
    segments["fold"] = segments["video_id"].map(folds.set_index("video_id")["fold"])
    write_table(frozen, folds)
    write_table(output_dir / "folds.tsv", folds[folds["video_id"].isin(segments["video_id"])])
    write_table(output_dir / "balance.tsv", describe_folds(segments))
    with written_whole(output_dir / "segments.parquet") as temporary:
        segments[SEGMENT_COLUMNS].to_parquet(temporary, index=False)


def segment_starts(classes: np.ndarray, times: np.ndarray, length: int, stride: int) -> np.ndarray:
    """Return the rows where segments start, (n,) int64: ``length`` samples of one label, every ``stride`` samples.

    ``classes``: class of each sample or UNLABELLED, (m,). ``times``: of the samples, in seconds, (m,). Counting
    restarts at each stretch of one label, and after each hole in the footage.
    """
    changes = np.diff(classes, prepend=UNLABELLED - 1, append=UNLABELLED - 1) != 0
    changes[stretch_starts(times)] = True
    edges = np.flatnonzero(changes)
    starts = [
        np.arange(first, end - length + 1, stride) for first, end in pairwise(edges) if classes[first] != UNLABELLED
    ]
    return np.concatenate([np.empty(0, np.int64), *starts]).astype(np.int64)


def _video_segments(video: dict, spans: pd.DataFrame, store: Path, parameters: Segments) -> pd.DataFrame:
    samples = read_samples(store, video["key"])
    classes = label_samples(samples, spans)
    times = samples["time_s"].to_numpy()
    starts = segment_starts(classes, times, parameters.length, parameters.stride)
    return pd.DataFrame(
        {
            "video_id": video["video_id"],
            "start_frame": samples["frame"].to_numpy()[starts],
            "label": [CLASSES[position] for position in classes[starts]],
        }
    )


def _check_failures(samples: pd.DataFrame, max_failed_share: float) -> None:
    failed = samples[samples["status"] != "ok"]
    share = len(failed) / len(samples)
    if share > max_failed_share:
        causes = ", ".join(f"{count} {status}" for status, count in failed["status"].value_counts().items())
        raise InputError(
            f"{len(failed)} of {len(samples)} videos cannot be used ({causes}), more than max_failed_share "
            f"{max_failed_share:g} allows; fix them (the reasons are in the resample manifests) or raise it"
        )


if __name__ == "__main__":
    run_function(cut_segments, lock="output_dir")
