"""Size of a run: its videos, samples and segments, as far as they are known, or as expected."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.base.store import store_path
from signwild.base.words import counted
from signwild.configuration.sections.dataset import DemoDataset
from signwild.configuration.sections.resample import Resample
from signwild.keys.samples import sample_key
from signwild.plan.dataset import is_paper_dataset, labelled_folder
from signwild.plan.run import Plan
from signwild.stages.dataset.prepare_dataset import shard_names, shard_of
from signwild.stages.dataset.read_folder import LabelledFolder
from signwild.upkeep.forecast.costs import LISTED_SAMPLES, LISTED_SEGMENTS, LISTED_VIDEOS, SAMPLES_A_SECOND
from signwild.upkeep.forecast.labelled import left_out_in_words, segments_of_labels
from signwild.upkeep.verification.inspection import UNREADABLE, in_one_line
from signwild.video.duration import stated_durations

MEAN_SAMPLES = LISTED_SAMPLES / LISTED_VIDEOS
SEGMENTS_A_SAMPLE = LISTED_SEGMENTS / LISTED_SAMPLES
"""Segments of 20 samples, one after another: those that are labelled and of one class."""

COLUMNS = ["shard", "video_id", "key", "samples"]


@dataclass(frozen=True)
class Extent:
    """The size of a run.

    ``videos``: shard, video_id, key (of its samples) and samples; id and key are empty if a video is not known yet.
    ``segments``: a table with folds, or None if they are not cut. ``known``: in words, where the numbers are from.
    ``left_out``: in words, files of a folder without labels, and labelled videos without a file; empty if there are
    none.
    """

    videos: pd.DataFrame
    segments: pd.DataFrame | None
    segment_count: int
    known: str
    left_out: str = ""

    @property
    def samples(self) -> float:
        """Number of samples of all videos."""
        return float(self.videos["samples"].sum())


def read_extent(plan: Plan, results: Path) -> Extent:
    """Return the extent of a run whose results are, or will be, below ``results`` (``results/``)."""
    folder, configuration = results / plan.run, plan.settings.configuration
    try:
        shards = {shard: list(_listed(plan, results, shard)) for shard in shard_names(configuration.shards)}
    except (ValueError, KeyError) as error:
        raise InputError(f"{folder}: its tables cannot be read ({in_one_line(error)}); see `make verify`") from None
    labelled = labelled_folder(configuration)
    listed = [video for videos in shards.values() for video in videos]
    known = "the run's tables"
    if not listed and labelled:
        listed, known = _found(labelled, configuration.shards), "the labels"
    if listed:
        videos, note = _with_samples(listed, plan)
        known += note
    else:
        count, mean, known = _expected(plan)
        names = [list(shards)[number % len(shards)] for number in range(count)]
        videos = pd.DataFrame({"shard": names, "video_id": "", "key": "", "samples": float(mean)}, columns=COLUMNS)
    segments_file = folder / "segments/segments.parquet"
    segments = _read_segments(segments_file) if segments_file.exists() else None
    if segments is not None:
        count = len(segments)
    elif labelled:
        count = segments_of_labels(labelled.labels.spans, videos, configuration)
    else:
        count = round(SEGMENTS_A_SAMPLE * 20 / configuration.segments.stride * videos["samples"].sum())
    return Extent(videos, segments, count, known, left_out_in_words(labelled) if labelled else "")


def _found(labelled: LabelledFolder, shards: int) -> list[dict]:
    """Return the labelled videos that have a file, like those that a run has listed."""
    return [
        {"shard": shard_of(name, shards), "video_id": name, "key": "", "samples": None, "file": labelled.files[name]}
        for name in labelled.sizes
    ]


def _with_samples(listed: list[dict], plan: Plan) -> tuple[pd.DataFrame, str]:
    """Return a table of videos with the samples of each, and in words what is not counted but estimated.

    Videos that are not decoded yet have as many samples as their files' lengths lead to, or the mean number.
    """
    parameters = plan.settings.configuration.resample
    to_open = [video for video in listed if video["samples"] is None and video["file"]]
    for video, seconds in zip(to_open, stated_durations(Path(video["file"]) for video in to_open), strict=True):
        video["samples"] = None if seconds is None else _samples_of(seconds, parameters)
    stated = sum(video["samples"] is not None for video in to_open)
    numbers = [video["samples"] for video in listed if video["samples"] is not None]
    mean = sum(numbers) / len(numbers) if numbers else _expected(plan)[1]
    notes = ["; the lengths of videos that are not decoded yet are those that their files state"] if stated else []
    if missing := len(listed) - len(numbers):
        whose = "the mean length" if numbers else "the mean length of the paper's videos"
        notes += [f"; {counted(missing, 'video')} of unknown length assumed to have {whose}"]
    table = pd.DataFrame(listed, columns=COLUMNS).astype({"samples": "float64"}).fillna({"samples": mean})
    return table, "".join(notes)


def _samples_of(seconds: float, parameters: Resample) -> float:
    """Return the number of samples of a video, a guess: its frame rate may not be a multiple of the sample rate."""
    return min(parameters.max_samples, max(1, round(seconds * parameters.sample_rate)))


def _read_segments(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except UNREADABLE as error:
        raise InputError(f"{path}: cannot be read ({in_one_line(error)}); see `make verify`") from None


def _listed(plan: Plan, results: Path, shard: str) -> Iterator[dict]:
    """Yield the videos of a shard from the latest stage that lists them; samples are None if not decoded yet."""
    folder, parameters = results / plan.run, plan.settings.configuration.resample
    sources = next((path for path in (folder / f"{stage}/{shard}.tsv" for stage in _LISTING) if path.exists()), None)
    if sources is None:
        return
    manifest = folder / f"resample/{shard}.tsv"
    sampled = read_table(manifest).set_index("video_id") if manifest.exists() else pd.DataFrame()
    for video in read_table(sources).to_dict("records"):
        name = video["video_id"]
        before = sampled.loc[name].to_dict() if name in sampled.index else {}
        if video.get("status", "ok") != "ok" or before.get("status", "ok") != "ok":
            continue
        key = sample_key(video["sha256"], parameters) if video["sha256"] else ""
        rows = _stored_samples(store_path(results / "store", "resample", key)) if key else None
        if rows is None and before:
            rows = int(before["rows"])
        yield {"shard": shard, "video_id": name, "key": key, "samples": rows, "file": video.get("file", "")}


_LISTING = ("alignment", "download", "dataset")


def _stored_samples(path: Path) -> int | None:
    if not path.exists():
        return None
    try:
        with h5py.File(path) as file:
            return len(file["frame"])
    except UNREADABLE as error:
        raise InputError(f"{path}: cannot be read ({in_one_line(error)}); see `make verify`") from None


def _expected(plan: Plan) -> tuple[int, float, str]:
    """Return the videos of a data set that is not listed yet, the samples of each, and where the numbers are from."""
    configuration = plan.settings.configuration
    dataset, most = configuration.dataset, configuration.resample.max_samples
    if isinstance(dataset, DemoDataset):
        samples = min(most, dataset.seconds * SAMPLES_A_SECOND)
        return len(CLASSES) * dataset.videos_per_class, samples, "the configuration, as nothing is rendered yet"
    whose = (
        "the authors' list and section 3 of the paper" if is_paper_dataset(configuration) else "the paper's data set"
    )
    return LISTED_VIDEOS, min(most, MEAN_SAMPLES), f"{whose}, as nothing is listed yet"
