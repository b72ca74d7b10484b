"""A published detector: the speeds that it is asked with, its network, and its answers about whole videos."""

import os
from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from made_features import LENGTH, Features
from places import ROOT

from signwild.base.errors import InputError
from signwild.base.files import write_table
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.predictions.by_video import video_rows
from signwild.predictions.records import read_predictions, read_record
from signwild.stages.classification.classify_segments import classify_segments
from signwild.stages.classification.published.asked_videos import ask_published
from signwild.stages.classification.published.network import read_published
from signwild.stages.classification.published.speeds import body_speeds

DATA = Path(os.environ.get("SIGNWILD_CLIPS", ROOT.parent / "shared/data"))

RATE, UNITS = 5, 6
WRIST, OPENPOSE_WRIST = 16, 4
"""The right wrist, of MediaPipe's points and of OpenPose's."""


def stored_model(path: Path, width: int = 25, outputs: int = 2, units: int = UNITS) -> keras.Model:
    """Write a network of the published form, with random weights, as Keras 2 did, and return it."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((None, width)),
            keras.layers.Dropout(0.5),
            keras.layers.LSTM(units, return_sequences=True, name="lstm"),
            keras.layers.Dense(outputs, name="dense"),
        ]
    )
    for layer in model.layers[1:]:
        layer.set_weights([np.random.default_rng(1).normal(0, 0.5, array.shape) for array in layer.get_weights()])
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights")
        group.create_group("dropout").attrs["weight_names"] = np.array([], "S1")
        for layer in model.layers[1:]:
            # Keras 2 named the arrays of a cell after layer and cell, and stored the names as bytes.
            own, names = group.create_group(layer.name), []
            for variable, kind in zip(layer.weights, ("kernel", "recurrent_kernel", "bias"), strict=False):
                kind = variable.name if layer.name == "dense" else kind
                names.append(f"{layer.name}/cell/{kind}:0".encode())
                own[names[-1].decode()] = variable.numpy()
            own.attrs["weight_names"] = names
    return model


def standing(samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points, confidence and parts of somebody who stands still, with shoulders 100 pixels wide."""
    points = np.zeros((samples, 67, 2), np.float32) + np.arange(67, dtype=np.float32)[None, :, None]
    points[:, 11], points[:, 12] = (300, 200), (200, 200)
    return points, np.ones((samples, 67), np.float32), np.ones((samples, 3), bool)


def test_speeds_are_in_shoulder_widths_a_second() -> None:
    points, sure, seen = standing(4)
    points[2:, WRIST] += (30, 40)
    speeds = body_speeds(points, sure, seen, RATE)
    wanted = np.zeros((3, 25))
    wanted[1, OPENPOSE_WRIST] = 50 / 100 * RATE
    assert np.allclose(speeds, wanted)
    assert np.allclose(body_speeds(3 * points, sure, seen, RATE), wanted), "the size of the picture says nothing"


def test_middles_of_shoulders_and_hips_move_half_as_far_as_one_side() -> None:
    points, sure, seen = standing(2)
    points[1, 11] += (0, 10)
    points[1, 23] += (0, 20)
    (speeds,) = body_speeds(points, sure, seen, 1)
    width = (100 + np.hypot(100, 10)) / 2
    assert np.allclose(speeds[[1, 5, 8, 12]] * width, [5, 10, 10, 20])
    assert not np.delete(speeds, [1, 5, 8, 12]).any()


@pytest.mark.parametrize("hidden", ["point", "person"])
def test_what_is_not_seen_in_both_samples_has_no_speed(hidden: str) -> None:
    points, sure, seen = standing(3)
    points += 10 * np.arange(3)[:, None, None]
    if hidden == "point":
        sure[1, WRIST] = 0.49
    else:
        seen[1, 0] = False
    speeds = body_speeds(points, sure, seen, RATE)
    still = speeds == 0
    legs = [10, 11, 13, 14, *range(19, 25)]
    assert still[:, legs].all()
    rest = np.delete(still, legs, axis=1)
    assert rest.all() if hidden == "person" else rest.sum() == 2
    assert hidden == "person" or still[:, OPENPOSE_WRIST].all()


def test_without_shoulders_nothing_moves() -> None:
    points, sure, seen = standing(3)
    sure[:, 11] = 0
    points[1] += 50
    assert not body_speeds(points, sure, seen, RATE).any()


@pytest.mark.parametrize("units", [UNITS, 25, 2])
def test_the_network_answers_as_in_keras(units: int, tmp_path: Path) -> None:
    """Also where arrays of different kinds have the same shape."""
    model = stored_model(tmp_path / "model.h5", units=units)
    speeds = np.random.default_rng(2).exponential(1, (40, 25))
    wanted = keras.ops.softmax(model(speeds[None].astype(np.float32)))[0, :, 1]
    assert np.allclose(read_published(tmp_path / "model.h5").signing(speeds), wanted, atol=1e-5)
    assert read_published(tmp_path / "model.h5").signing(speeds[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "no file"),
        (lambda path: path.write_text("no HDF5"), "is no model that Keras wrote"),
        (lambda path: h5py.File(path, "w").close(), "has arrays of the shapes"),
        (lambda path: stored_model(path, width=29), "has arrays of the shapes"),
        (lambda path: stored_model(path, outputs=3), "has arrays of the shapes"),
    ],
)
def test_another_file_is_one_clear_error(make: object, words: str, tmp_path: Path) -> None:
    make(tmp_path / "model.h5")
    with pytest.raises(InputError, match=words) as raised:
        read_published(tmp_path / "model.h5")
    assert "model.h5" in str(raised.value)
    assert "openpose-body" in str(raised.value)


@pytest.fixture
def made(tmp_path: Path) -> Features:
    """Features that are poses: those who sign move their hands, the others stand still."""
    made = Features(tmp_path).make()
    write_table(made.manifest, pd.read_csv(made.manifest, sep="\t").assign(layer="descriptor"))
    for row in made.stored_segments().drop_duplicates("path").itertuples():
        with h5py.File(row.path, "r+") as file:
            points, sure, seen = standing(len(file["frame"]))
            if row.label == "signing":
                points[1::2, WRIST] += 80
            file.update({"points": points, "sure": sure, "seen": seen})
    stored_model(tmp_path / "model.h5")
    return made


def asked(made: Features, **values: object) -> ClassifiedExperiment:
    """Return an experiment with the detector of the fixture."""
    classifier = {"kind": "published", "file": str(made.folder / "model.h5"), "sample_rate": RATE} | values
    return ClassifiedExperiment.model_validate({"descriptor": "pose", "classifier": classifier, "unit": "video"})


def classify(made: Features, specification: ClassifiedExperiment, seed: int = 1) -> Path:
    """Ask about all folds, and return the results' folder."""
    output = made.folder / f"classification/published/seed_{seed}"
    tables = (made.segments, made.manifest, made.store)
    classify_segments("made", "published", seed, specification, "mean", LENGTH, *tables, {"weights": "none"}, output)
    return output


def test_a_video_has_the_mean_answer_of_its_segments(made: Features) -> None:
    output = classify(made, asked(made))
    predictions, segments = read_predictions(output / "predictions.parquet"), made.stored_segments()
    assert predictions["video_id"].tolist() == video_rows(segments)["video_id"].tolist()
    network = read_published(made.folder / "model.h5")
    for row in predictions.itertuples():
        own = segments[segments["video_id"] == row.video_id]
        with h5py.File(own["path"].iloc[0]) as file:
            speeds = body_speeds(file["points"][()], file["sure"][()], file["seen"][()], RATE)
            frames = file["frame"][()]
        inside = np.zeros(len(frames), bool)
        for start in own["start_frame"]:
            first = int(np.flatnonzero(frames == start)[0])
            inside[first : first + LENGTH] = True
        assert row.p_signing == pytest.approx(network.signing(speeds)[inside[1:]].mean(), abs=1e-6)
        assert row.p_speaking == row.p_other == pytest.approx((1 - row.p_signing) / 2, abs=1e-6)
    by_class = predictions.groupby(predictions["label"] == "signing")["p_signing"]
    assert by_class.nunique().tolist() == [1, 1]
    assert by_class.first().nunique() == 2
    record = read_record(output / "record.json")
    assert {fold["steps_a_second"] for fold in record["folds"]} == {RATE}


def test_samples_apart_are_no_neighbours(made: Features) -> None:
    """Where frames between samples are not labelled, nobody has moved from one to the other."""
    segments = made.stored_segments()
    path = segments["path"].iloc[0]
    with h5py.File(path, "r+") as file:
        frames = file["frame"][()]
        file["frame"][len(frames) // 2 :] = frames[len(frames) // 2 :] + 1000
        file["points"][len(frames) // 2 :] += 500
    own = segments[segments["path"] == path].assign(fold=0)
    own = own[own["start_frame"].isin(frames[: len(frames) // 2 - LENGTH + 1])]
    probabilities, _ = ask_published(own, 0, asked(made).classifier, LENGTH)
    with h5py.File(path, "r+") as file:
        file["points"][len(frames) // 2 :] -= 500
    again, _ = ask_published(own, 0, asked(made).classifier, LENGTH)
    assert np.array_equal(probabilities, again)


def test_every_seed_has_the_same_answers_and_another_file_others(made: Features) -> None:
    first, second = classify(made, asked(made), seed=1), classify(made, asked(made), seed=2)
    one, other = (read_predictions(folder / "predictions.parquet").drop(columns="seed") for folder in (first, second))
    assert one.equals(other)
    stored = list((made.store / "classification").glob("[!.]*.h5"))
    assert len(stored) == one["fold"].nunique()
    (made.folder / "model.h5").rename(made.folder / "moved.h5")
    classify(made, asked(made, file=str(made.folder / "moved.h5")))
    assert len(list((made.store / "classification").glob("[!.]*.h5"))) == len(stored)
    stored_model(made.folder / "model.h5", units=UNITS + 1)
    classify(made, asked(made))
    assert len(list((made.store / "classification").glob("[!.]*.h5"))) == 2 * len(stored)


def test_the_authors_file_tells_moving_hands_from_still_ones() -> None:
    path = DATA / "weights/moryossef_2020_openpose_lstm.h5"
    if not path.is_file():
        pytest.skip(f"needs {path}, the authors' model.h5")
    network = read_published(path)
    assert network.recurrent.shape == (64, 256)
    points, sure, seen = standing(20)
    still = network.signing(body_speeds(points, sure, seen, RATE)).mean()
    points[1::2, [14, 16, 20]] += 40
    moving = network.signing(body_speeds(points, sure, seen, RATE)).mean()
    assert still < 0.2 < 0.5 < moving
