"""Windows: a trained experiment slid over whole held-out videos, with a prediction for every sample (authors' code).

A sample is in the middle of a window as long as a segment: of 20 samples, ten are on its left and nine on its right.
"""

from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.base.files import read_tables, written_whole
from signwild.base.keras_start import use_threads
from signwild.base.shards import ShardPaths
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.stages.dataset.sample_labels import UNLABELLED, label_samples
from signwild.stages.detection.members import Member
from signwild.stages.detection.window_tables import WINDOW_COLUMNS
from signwild.stages.detector.windows import predict_windows, set_variables, window_rows
from signwild.stages.resample.samples import read_samples
from signwild.stages.training.network import build_network


def slide_windows(
    members: dict[str, Member],
    length: int,
    segments_file: Path,
    resampled: ShardPaths,
    labels: ShardPaths,
    store: Path,
    output_dir: Path,
    threads: int = 1,
) -> None:
    """Slide the networks of trained experiments over whole held-out videos, to predict every sample.

    ``output_dir``: the folder of the tables that ``slide_member`` writes, one for each of the ``members``.
    """
    use_threads(threads)
    for name, member in members.items():
        slide_member(
            name,
            member,
            length=length,
            segments_file=segments_file,
            resampled=resampled,
            labels=labels,
            store=store,
            path=output_dir / f"{name}.parquet",
        )


def slide_member(
    name: str,
    member: Member,
    length: int,
    segments_file: Path,
    resampled: list[Path],
    labels: list[Path],
    store: Path,
    path: Path,
) -> None:
    """Predict every sample of the held-out videos; write a parquet file with the columns WINDOW_COLUMNS.

    ``resampled``, ``labels``: the shards' resample manifests and label tables. Each video is predicted by the network
    that was trained without its fold; the table is sorted by video and time. ``label`` is empty for samples without
    one. Samples without features, in a run that leaves out unlabelled ones, are not in the table.
    """
    segments = pd.read_parquet(segments_file)
    keys = {entry["fold"]: entry["key"] for entry in member.record["folds"]}
    videos = segments[segments["fold"].isin(keys)].drop_duplicates("video_id")[["video_id", "fold"]]
    videos = member.with_features(videos.sort_values(["fold", "video_id"]), store)
    sample_keys = read_tables(resampled).query("status == 'ok'").set_index("video_id")["key"]
    spans = dict(list(read_tables(labels).groupby("video_id")))
    model, loaded, parts = None, None, []
    for video in progress(list(videos.itertuples()), name):
        with h5py.File(video.path) as file:
            frames, features = file["frame"][()], file["features"][()]
        features = features if member.experiment.columns is None else features[:, member.experiment.columns]
        if model is None:
            model = build_network(member.experiment.network, length, features.shape[1])
        if loaded != video.fold:
            load_network(model, store_path(store, "training", keys[video.fold]))
            loaded = video.fold
        samples = _label_samples(read_samples(store, sample_keys[video.video_id]), spans.get(video.video_id))
        # The next stretch of footage begins one position later, so no window crosses a hole.
        positions = np.arange(len(samples)) + samples["stretch"].to_numpy()
        windows = window_rows(positions[samples.index.get_indexer(frames)], length)
        part = samples.loc[frames].reset_index().assign(video_id=video.video_id, fold=video.fold)
        part[list(PROBABILITIES)] = predict_windows(model, features, windows)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)[WINDOW_COLUMNS].sort_values(["video_id", "frame"], ignore_index=True)
    with written_whole(path) as temporary:
        table.to_parquet(temporary, index=False)


def _label_samples(samples: pd.DataFrame, spans: pd.DataFrame | None) -> pd.DataFrame:
    """Return a video's samples by frame: time_s, stretch, and label, which is empty if there is none."""
    classes = [UNLABELLED] * len(samples) if spans is None else label_samples(samples, spans)
    samples["label"] = ["" if number == UNLABELLED else CLASSES[number] for number in classes]
    return samples.set_index("frame")[["time_s", "stretch", "label"]]


def load_network(model: keras.Model, path: Path) -> None:
    """Load the weights of a trained fold into a network; raises InputError if they are missing from the store."""
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder training/ of the run and start again")
    with h5py.File(path) as file:
        set_variables(model, file["variables"])


if __name__ == "__main__":
    run_function(slide_windows, lock="output_dir")
