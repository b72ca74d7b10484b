"""Windows over whole videos: the rule at the edges, the networks of the right fold, fusion, and the choice."""

import json
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_features import LENGTH, WIDTH, Features, experiment
from places import rule_program

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, store_path
from signwild.predictions.records import read_record
from signwild.stages.detection.members import Member
from signwild.stages.detection.slide_windows import slide_member
from signwild.stages.detection.window_tables import WINDOW_COLUMNS, fuse_windows
from signwild.stages.detector.windows import window_rows
from signwild.stages.features.extractor import write_features
from signwild.stages.training.fusion import fuse_probabilities
from signwild.stages.training.network import build_network

SPECIFICATIONS = {"rgb": experiment({"epochs": 2}), "other": experiment({"epochs": 2}, units=6)}

GAP = slice(7, 10)
"""Samples of the first video that have no label."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Two trained experiments, and the samples of their twelve videos."""
    features = Features(tmp_path_factory.mktemp("windows")).make()
    for name, specification in SPECIFICATIONS.items():
        features.train(specification, name)
    segments = pd.read_parquet(features.segments).drop_duplicates("video_id")
    rows, spans = [], []
    for number, video in enumerate(segments.itertuples()):
        rows.append([video.video_id, "ok", f"samples{number}"])
        frames = 10 * np.arange(20)
        with new_hdf5(store_path(features.store, "resample", f"samples{number}")) as file:
            file["frame"], file["time_s"] = frames, frames / 50
            file["stretch"] = np.zeros(len(frames), np.int64)
        ends = [(0, 199)] if number else [(0, 10 * GAP.start - 1), (10 * GAP.stop, 199)]
        spans += [[video.video_id, "frame", first, last, video.label] for first, last in ends]
    write_table(features.folder / "resampled.tsv", pd.DataFrame(rows, columns=["video_id", "status", "key"]))
    columns = ["video_id", "unit", "start", "end", "label"]
    write_table(features.folder / "labels.tsv", pd.DataFrame(spans, columns=columns))
    return features


def member(made: Features, name: str) -> Member:
    return Member(experiment=SPECIFICATIONS[name], results=made.folder / "training" / name, manifest=made.manifest)


def slide(made: Features, name: str = "rgb", **changed: object) -> pd.DataFrame:
    """Return the table of windows of one experiment."""
    tables = {"segments_file": made.segments, "resampled": [made.folder / "resampled.tsv"]}
    values = {**tables, "labels": [made.folder / "labels.tsv"], "store": made.store, **changed}
    path = made.folder / f"windows/{name}.parquet"
    slide_member(name, member(made, name), LENGTH, path=path, **values)
    return pd.read_parquet(path)


def weights_of(made: Features, name: str, fold: int) -> Path:
    """Return the store's file of the network that a fold was held out from."""
    folds = read_record(made.folder / "training" / name / "record.json")["folds"]
    return store_path(made.store, "training", next(entry["key"] for entry in folds if entry["fold"] == fold))


def reference(made: Features, name: str, video_id: str, fold: int) -> np.ndarray:
    """Return the probabilities of a video's samples, computed one window at a time."""
    model = build_network(SPECIFICATIONS[name].network, LENGTH, WIDTH)
    with h5py.File(weights_of(made, name, fold)) as file:
        for number, variable in enumerate(model.variables):
            variable.assign(file[f"variables/{number:03d}"][()])
    row = read_table(made.manifest).set_index("video_id").loc[video_id]
    with h5py.File(store_path(made.store, "features", row["key"])) as file:
        features = file["features"][()].astype(np.float32)
    before = LENGTH // 2
    windows = []
    for sample in range(len(features)):
        places = range(sample - before, sample - before + LENGTH)
        windows.append([features[min(max(place, 0), len(features) - 1)] for place in places])
    return np.asarray(model.predict_on_batch(np.array(windows)))


def test_a_window_of_twenty_has_ten_on_the_left_and_nine_on_the_right():
    rows = window_rows(np.arange(50), 20)
    assert rows.shape == (50, 20)
    assert rows[25].tolist() == list(range(15, 35))
    assert rows[0].tolist() == [0] * 10 + list(range(10))
    assert rows[49].tolist() == list(range(39, 50)) + [49] * 9


def test_a_window_ends_where_samples_are_left_out():
    rows = window_rows(np.array([0, 1, 2, 7, 8, 9]), 4)
    assert rows.tolist() == [[0, 0, 0, 1], [0, 0, 1, 2], [0, 1, 2, 2], [3, 3, 3, 4], [3, 3, 4, 5], [3, 4, 5, 5]]


def test_every_sample_is_predicted_by_the_network_that_did_not_see_its_video(made: Features):
    table = slide(made)
    assert table.columns.tolist() == WINDOW_COLUMNS
    folds = pd.read_parquet(made.segments).drop_duplicates("video_id").set_index("video_id")["fold"]
    assert len(table) == 20 * len(folds)
    for video, own in table.groupby("video_id"):
        assert set(own["fold"]) == {folds[video]}
        expected = reference(made, "rgb", video, int(folds[video]))
        assert own[list(PROBABILITIES)].to_numpy() == pytest.approx(expected, abs=1e-6)
    predictions = pd.read_parquet(made.folder / "training/rgb/predictions.parquet")
    middles = predictions.assign(frame=predictions["start_frame"] + 10 * (LENGTH // 2))
    both = middles.merge(table, on=["video_id", "frame"], suffixes=("", "_window"))
    assert len(both) == len(predictions)
    for name in PROBABILITIES:
        assert both[f"{name}_window"].to_numpy() == pytest.approx(both[name].to_numpy(), abs=1e-5)


def test_samples_keep_time_and_label_and_some_have_none(made: Features):
    first = slide(made).query("video_id == 'video 00'")
    assert first["time_s"].tolist() == pytest.approx(np.arange(20) / 5)
    expected = ["signing"] * 20
    expected[GAP] = [""] * 3
    assert first["label"].tolist() == expected


@pytest.mark.parametrize("rule", ["mean", "product"])
def test_several_networks_are_put_together_as_the_fusion_does(made: Features, rule: str):
    single = [slide(made, name)[list(PROBABILITIES)].to_numpy(np.float64) for name in SPECIFICATIONS]
    fused = fuse_windows([made.folder / f"windows/{name}.parquet" for name in SPECIFICATIONS], rule)
    assert fused.columns.tolist() == WINDOW_COLUMNS
    assert fused[list(PROBABILITIES)].to_numpy() == pytest.approx(fuse_probabilities(np.stack(single), rule), abs=1e-6)
    assert not np.allclose(single[0], single[1], atol=1e-3)


def test_only_videos_of_the_folds_that_were_held_out_are_shown(made: Features, tmp_path: Path):
    record = read_record(made.folder / "training/rgb/record.json")
    record["folds"] = record["folds"][1:2]
    (tmp_path / "record.json").write_text(json.dumps(record))
    held_out = member(made, "rgb").model_copy(update={"results": tmp_path})
    tables = made.segments, [made.folder / "resampled.tsv"], [made.folder / "labels.tsv"], made.store
    slide_member("held out", held_out, LENGTH, *tables, tmp_path / "windows.parquet")
    table = pd.read_parquet(tmp_path / "windows.parquet")
    assert set(table["fold"]) == {record["folds"][0]["fold"]}
    assert table["video_id"].nunique() == 3


def test_samples_without_features_are_left_out(made: Features, tmp_path: Path):
    row = read_table(made.manifest).set_index("video_id").loc["video 00"]
    with h5py.File(store_path(made.store, "features", row["key"])) as file:
        values, frames = (np.delete(file[name][()], GAP, axis=0) for name in ("features", "frame"))
    write_features(store_path(made.store, "features", "labelled"), "samples", values, frames)
    manifest = read_table(made.manifest)
    manifest.loc[manifest["video_id"] == "video 00", "key"] = "labelled"
    write_table(tmp_path / "features.tsv", manifest)
    part = member(made, "rgb").model_copy(update={"manifest": tmp_path / "features.tsv"})
    tables = made.segments, [made.folder / "resampled.tsv"], [made.folder / "labels.tsv"], made.store
    slide_member("part", part, LENGTH, *tables, tmp_path / "part.parquet")
    table = pd.read_parquet(tmp_path / "part.parquet").query("video_id == 'video 00'")
    assert table["frame"].tolist() == frames.tolist()
    assert set(table["label"]) == {"signing"}
    whole = slide(made).query("video_id == 'video 00'").set_index("frame")
    changed = [
        frame
        for frame, before in zip(frames, table["p_signing"], strict=True)
        if before != pytest.approx(whole.loc[frame, "p_signing"], abs=1e-7)
    ]
    assert set(changed) <= {50, 60, 100, 110}
    assert changed
    slide(made, "other")
    with pytest.raises(InputError, match=r"'video 0[01]' has features of other samples in"):
        fuse_windows([made.folder / "windows/other.parquet", tmp_path / "part.parquet"], "mean")


def test_networks_that_are_gone_from_the_store_are_bad_input(made: Features):
    path = weights_of(made, "rgb", 0)
    hidden = path.rename(path.with_suffix(".hidden"))
    try:
        with pytest.raises(InputError, match=r"no such file; delete the folder training/ of the run"):
            slide(made)
    finally:
        hidden.rename(path)


def test_the_program_does_the_same(made: Features, tmp_path: Path):
    members = {name: member(made, name).model_dump(mode="json") for name in SPECIFICATIONS}
    options = {
        "members": json.dumps(members),
        "length": LENGTH,
        "segments-file": made.segments,
        "resampled": made.folder / "resampled.tsv",
        "labels": made.folder / "labels.tsv",
        "store": made.store,
        "output-dir": tmp_path,
    }
    command = [str(part) for option, value in options.items() for part in (f"--{option}", value)]
    subprocess.run([*rule_program("detection.slide_windows"), *command], check=True)
    for name in SPECIFICATIONS:
        table, expected = pd.read_parquet(tmp_path / f"{name}.parquet"), slide(made, name)
        assert table.drop(columns=[*PROBABILITIES]).equals(expected.drop(columns=[*PROBABILITIES]))
        for column in PROBABILITIES:
            assert table[column].to_numpy() == pytest.approx(expected[column].to_numpy(), abs=1e-6)
        assert set(table["label"]) - {""} == set(CLASSES)
