"""Windows: a trained experiment slid over whole held-out videos, a prediction for every sample (authors' code).

A sample is seen in the middle of as many samples as a segment has: of 20, ten on its left and nine on its right.
"""

from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd

from signwild.choices import choose_videos
from signwild.errors import InputError
from signwild.files import read_tables, written_whole
from signwild.fusion import fuse_probabilities
from signwild.labelling import UNLABELLED, label_samples
from signwild.members import Member
from signwild.network import build_network
from signwild.resample import read_samples
from signwild.store import store_path
from signwild.vocabulary import CLASSES, PROBABILITIES

WINDOW_COLUMNS = ["video_id", "fold", "frame", "time_s", "label", *PROBABILITIES]

BATCH = 64
"""Windows that the network sees at once."""


def slide_windows(
    members: list[Member],
    rule: str,
    length: int,
    segments_file: Path,
    manifests: list[Path],
    labels: list[Path],
    store: Path,
    count: int,
    path: Path,
) -> None:
    """Predict every sample of ``count`` held-out videos; write a parquet file with the columns WINDOW_COLUMNS.

    ``members``: the networks to put together by ``rule`` (one network stays as it is). ``manifests``, ``labels``:
    the shards' resample manifests and label tables. Each video is asked of the networks that were trained without
    its fold. ``label`` is empty where a sample has none. Samples without features, in a run that leaves out
    unlabelled ones, are not in the table.
    """
    segments = pd.read_parquet(segments_file)
    folds = {entry["fold"] for entry in members[0].record["folds"]}
    videos = _chosen_videos(segments[segments["fold"].isin(folds)], count)
    samples = _read_samples(videos, manifests, labels, store)
    by_member = [_predict_videos(member, videos, samples, length, store) for member in members]
    parts = []
    for video, fold in videos[["video_id", "fold"]].itertuples(index=False):
        tables = [predicted[video] for predicted in by_member]
        if any(not table.index.equals(tables[0].index) for table in tables):
            raise InputError(f"{video!r} has features of other samples in one stream than in another; start again")
        fused = fuse_probabilities(np.stack([table.to_numpy(np.float64) for table in tables]), rule)
        part = samples[video].loc[tables[0].index].reset_index().assign(video_id=video, fold=fold)
        part[list(PROBABILITIES)] = fused.astype(np.float32)
        parts.append(part)
    with written_whole(path) as temporary:
        pd.concat(parts, ignore_index=True)[WINDOW_COLUMNS].to_parquet(temporary, index=False)


def window_rows(positions: np.ndarray, length: int) -> np.ndarray:
    """Rows of the window about each sample, (n, length) int64: ``length // 2`` before it, itself, and the rest after.

    ``positions``: the samples' places in their video, (n,), increasing. A window that would pass an end, of the
    video or of samples in a row, repeats the last sample there.
    """
    rows = np.arange(len(positions))
    stretch = np.cumsum(np.diff(positions, prepend=positions[0]) > 1)
    first, last = (np.searchsorted(stretch, stretch, side=side) for side in ("left", "right"))
    window = rows[:, None] + np.arange(length) - length // 2
    return np.clip(window, first[:, None], last[:, None] - 1)


def _chosen_videos(segments: pd.DataFrame, count: int) -> pd.DataFrame:
    """Rows of the chosen videos, video_id and fold, in the order of choice."""
    folds = segments.drop_duplicates("video_id").set_index("video_id")["fold"]
    return folds.loc[choose_videos(segments, count)].reset_index()


def _read_samples(
    videos: pd.DataFrame, manifests: list[Path], labels: list[Path], store: Path
) -> dict[str, pd.DataFrame]:
    """Samples of videos by id, and in these by frame: time_s and label."""
    keys = read_tables(manifests).query("status == 'ok'").set_index("video_id")["key"]
    spans = read_tables(labels)
    tables = {}
    for video in videos["video_id"]:
        samples = read_samples(store, keys[video])
        classes = label_samples(samples, spans[spans["video_id"] == video])
        samples["label"] = ["" if number == UNLABELLED else CLASSES[number] for number in classes]
        tables[video] = samples.set_index("frame")[["time_s", "label"]]
    return tables


def _predict_videos(
    member: Member, videos: pd.DataFrame, samples: dict[str, pd.DataFrame], length: int, store: Path
) -> dict[str, pd.DataFrame]:
    """Class probabilities of each video, by its id, and of each sample, by its frame. Features are read once."""
    model, predicted = None, {}
    keys = {entry["fold"]: entry["key"] for entry in member.record["folds"]}
    for fold, held_out in member.with_features(videos, store).groupby("fold"):
        for number, video in enumerate(held_out.itertuples()):
            with h5py.File(video.path) as file:
                frames, features = file["frame"][()], file["features"][()]
            if model is None:
                model = build_network(member.experiment.network, length, features.shape[1])
            if number == 0:
                _load_weights(model, store_path(store, "training", keys[fold]))
            windows = window_rows(samples[video.video_id].index.get_indexer(frames), length)
            probabilities = [
                model.predict_on_batch(features[windows[start : start + BATCH]].astype(np.float32))
                for start in range(0, len(windows), BATCH)
            ]
            index = pd.Index(frames, name="frame")
            predicted[video.video_id] = pd.DataFrame(np.concatenate(probabilities), index=index)
    return predicted


def _load_weights(model: keras.Model, path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder training/ of the run and start again")
    with h5py.File(path) as file:
        for variable, name in zip(model.variables, sorted(file["variables"]), strict=True):
            variable.assign(file["variables"][name][()])
