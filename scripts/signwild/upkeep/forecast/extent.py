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
from signwild.configuration.sections.dataset import DemoDataset, FolderDataset
from signwild.keys.samples import sample_key
from signwild.plan.dataset import is_paper_dataset
from signwild.plan.run import Plan
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.upkeep.forecast.costs import LISTED_SAMPLES, LISTED_SEGMENTS, LISTED_VIDEOS, SAMPLES_A_SECOND
from signwild.upkeep.verification.inspection import UNREADABLE, in_one_line
from signwild.video.files import VIDEO_SUFFIXES, files_under

MEAN_SAMPLES = LISTED_SAMPLES / LISTED_VIDEOS
SEGMENTS_A_SAMPLE = LISTED_SEGMENTS / LISTED_SAMPLES
"""Segments of 20 samples, one after another: those that are labelled and of one class."""

COLUMNS = ["shard", "video_id", "key", "samples"]


@dataclass(frozen=True)
class Extent:
    """The size of a run.

    ``videos``: shard, video_id, key (of its samples) and samples; id and key are empty if a video is not known yet.
    ``segments``: a table with folds, or None if they are not cut. ``known``: in words, where the numbers are from.
    """

    videos: pd.DataFrame
    segments: pd.DataFrame | None
    segment_count: int
    known: str

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
    listed = [video for videos in shards.values() for video in videos]
    if listed:
        measured = [video["samples"] for video in listed if video["samples"] is not None]
        mean = sum(measured) / len(measured) if measured else _expected(plan)[1]
        known = "the run's tables"
        if len(measured) < len(listed):
            known += (
                f"; {len(listed) - len(measured):,} videos that are not decoded yet are assumed to have the mean length"
            )
        videos = pd.DataFrame(listed, columns=COLUMNS).astype({"samples": "float64"}).fillna({"samples": mean})
    else:
        count, mean, known = _expected(plan)
        names = [list(shards)[number % len(shards)] for number in range(count)]
        videos = pd.DataFrame({"shard": names, "video_id": "", "key": "", "samples": float(mean)}, columns=COLUMNS)
    segments_file = folder / "segments/segments.parquet"
    segments = _read_segments(segments_file) if segments_file.exists() else None
    expected = SEGMENTS_A_SAMPLE * 20 / configuration.segments.stride * videos["samples"].sum()
    return Extent(videos, segments, round(expected) if segments is None else len(segments), known)


def _read_segments(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except UNREADABLE as error:
        raise InputError(f"{path}: cannot be read ({in_one_line(error)}); see `make verify`") from None


def _listed(plan: Plan, results: Path, shard: str) -> Iterator[dict]:
    """Yield the videos of a shard from the latest stage that lists them; samples are None if not counted."""
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
        yield {"shard": shard, "video_id": name, "key": key, "samples": rows}


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
    if isinstance(dataset, FolderDataset):
        files = [path for path in files_under(Path(dataset.videos_dir)) if path.suffix.lower() in VIDEO_SUFFIXES]
        known = "the folder's files; their length is not known yet, and taken to be that of the paper's videos"
        return len(files), min(most, MEAN_SAMPLES), known
    whose = (
        "the authors' list and section 3 of the paper" if is_paper_dataset(configuration) else "the paper's data set"
    )
    return LISTED_VIDEOS, min(most, MEAN_SAMPLES), f"{whose}, as nothing is listed yet"
