"""Training on a small store: it learns, is reproducible to the byte, and resumes where it was interrupted."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from made_features import LENGTH, SEGMENTS, Features, experiment
from places import ROOT, SCRIPTS, rule_program

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.network import Network
from signwild.predictions.metrics import evaluate
from signwild.stages.features.extractor import write_features
from signwild.stages.training import batches, progress_file
from signwild.stages.training.batches import SegmentBatches, SegmentReader
from signwild.stages.training.compiled import CompiledNetworks, Form
from signwild.stages.training.network import build_network
from signwild.stages.training.progress import Progress
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.steps import Prediction, Step

RESULTS = ("predictions.parquet", "history.csv")

SPECIFICATION = experiment()

SCHEDULED = experiment(
    {
        "epochs": 14,
        "patience": 1,
        "learning_rate_decay": 0.01,
        "schedule": {"reductions": 2, "learning_rate_factor": 0.5, "batch_factor": 2, "largest_batch": 64},
    },
    dropout=0.5,
    cell_dropout=0.3,
)

AGAIN = """
import sys
from pathlib import Path
from made_features import Features, experiment

Features(Path(sys.argv[1])).train(experiment())
print([name for name in ("keras", "tensorflow") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """An uninterrupted training with reductions, growth, decay and dropout."""
    made = Features(tmp_path_factory.mktemp("scheduled")).make(skill=0, identity=3)
    made.train(SCHEDULED)
    return made


def results(made: Features) -> list[bytes]:
    """Return the bytes of predictions and history."""
    return [(made.folder / "training/rgb" / name).read_bytes() for name in RESULTS]


def test_the_loss_of_training_is_without_the_penalty_on_weights(tmp_path):
    made = Features(tmp_path).make(videos=6, folds=2)
    still = {"epochs": 1, "patience": 1, "learning_rate": 1e-12}
    losses = []
    for penalty in (0.0, 10.0):
        output = made.train(experiment(still, l2=penalty), name=f"l2_{penalty:g}")
        losses.append(pd.read_csv(output / "history.csv")["loss"].to_numpy())
    assert np.allclose(*losses, rtol=1e-4)


def test_it_learns_what_is_there_to_learn(done: Features) -> None:
    predictions = pd.read_parquet(done.folder / "training/rgb/predictions.parquet")
    assert evaluate(predictions)["accuracy"] > 0.9
    assert len(predictions) == 12 * SEGMENTS
    assert np.allclose(predictions[list(PROBABILITIES)].sum(axis=1), 1, atol=1e-5)
    segments = pd.read_parquet(done.segments)
    columns = ["video_id", "start_frame", "label", "fold"]
    assert predictions[columns].equals(segments[columns])
    assert set(predictions["run"] + predictions["experiment"]) == {"madergb"}


def test_the_record_says_what_was_trained(done: Features) -> None:
    record = json.loads((done.folder / "training/rgb/record.json").read_text())
    history = pd.read_csv(done.folder / "training/rgb/history.csv")
    assert record["parameters"]["network.units"] == 8
    assert record["parameters"]["segments.length"] == LENGTH
    assert record["trainable_parameters"] == 3 * 8 * (64 + 8 + 1) + 2 * 8 + 9 * 8 + 9 * 3
    assert [entry["segments"] for entry in record["folds"]] == [24, 12, 12]
    for entry in record["folds"]:
        own = history[history["fold"] == entry["fold"]]
        assert own["epoch"].tolist() == list(range(1, entry["epochs"] + 1))
        assert own.loc[own["val_loss"].idxmin(), "epoch"] == entry["best_epoch"]


def test_the_same_again_is_the_same_to_the_byte(done: Features, tmp_path: Path) -> None:
    again = Features(tmp_path).make()
    again.train(SPECIFICATION)
    assert results(again) == results(done)


def test_what_is_in_the_store_is_not_trained_again(copy: Features) -> None:
    before = results(copy)
    shutil.rmtree(copy.folder / "training")
    path = f"{SCRIPTS}:{ROOT}/tests/builders"
    command = [sys.executable, "-c", AGAIN, str(copy.folder)]
    run = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"
    assert results(copy) == before


@pytest.mark.parametrize("lost", [0, 2])
def test_a_fold_does_not_depend_on_those_trained_before(lost: int, copy: Features) -> None:
    before = results(copy)
    kept = [path for number, path in enumerate(copy.trained) if number != lost]
    times = [path.stat().st_mtime_ns for path in kept]
    copy.trained[lost].unlink()
    shutil.rmtree(copy.folder / "training")
    copy.train(SPECIFICATION)
    assert results(copy) == before
    assert [path.stat().st_mtime_ns for path in kept] == times


def start(made: Features, specification: TrainedExperiment, *options: str) -> subprocess.Popen:
    """Start the program that trains on these features, with all its output in ``stdout``."""
    command = [*rule_program("training.train_experiment"), *made.command(specification), "--threads", "1", *options]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "2"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_killed_training_goes_on_with_the_folds_that_are_done(done: Features, tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    with start(made, SPECIFICATION) as program:
        while not made.trained and program.poll() is None:
            time.sleep(0.01)
        program.send_signal(signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL
    assert 0 < len(made.trained) < 3
    assert not (made.folder / "training/rgb/predictions.parquet").exists()
    first, changed = made.trained[0], made.trained[0].stat().st_mtime_ns
    made.train(SPECIFICATION)
    assert len(made.trained) == 3
    assert first.stat().st_mtime_ns == changed
    assert results(made) == results(done)


def test_a_training_that_is_broken_off_goes_on_after_its_last_epoch(
    scheduled: Features, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = pd.read_csv(scheduled.folder / "training/rgb/history.csv")
    assert {"reduce", "grow"} <= set(history["transition"])
    # In two folds killed where each epoch is saved, and in the last told to end where none is yet.
    first, second = history.groupby("fold").size().cumsum().iloc[:2]
    ends = dict.fromkeys((1, 4, 5, first - 1, first + 9, second), KeyboardInterrupt)
    ends |= dict.fromkeys((second + 3, len(history) - 1), SystemExit)
    made = Features(tmp_path).make(skill=0, identity=3)
    keep, epochs = ProgressFile.keep, []

    def keep_and_stop(self: ProgressFile, progress: Progress) -> None:
        keep(self, progress)
        epochs.append(len(progress.rows))
        if end := ends.get(len(epochs)):
            raise end

    monkeypatch.setattr(ProgressFile, "keep", keep_and_stop)
    for end in ends.values():
        with pytest.raises(end):
            made.train(SCHEDULED, keep_every=600 if end is SystemExit else 0)
    made.train(SCHEDULED)
    assert results(made) == results(scheduled)
    # No epoch was trained twice, and nothing of the way is left.
    assert epochs == history["epoch"].tolist()
    assert not list(made.store.glob("progress/*.h5"))


def test_a_training_that_is_asked_to_end_keeps_its_last_epoch(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    specification = experiment({"epochs": 25, "patience": 25, "schedule": None})
    specification = specification.model_copy(update={"protocol": "two_folds"})  # one is trained
    asked, undisturbed = (Features(tmp_path / name).make(folds=2) for name in ("asked", "undisturbed"))
    with start(asked, specification, "--keep-every", "1000") as program:
        assert any(line.startswith("epoch 3:") for line in program.stdout)
        program.send_signal(signal.SIGTERM)
        said = program.stdout.read()
    assert "told to end; start again to continue" in said
    assert program.returncode == 1
    assert len(list(asked.store.glob("progress/*.h5"))) == 1
    asked.train(specification)
    (went_on,) = re.findall(r"going on after epoch (\d+)", capsys.readouterr().out)
    # An epoch is kept after it is reported.
    last = max([3, *(int(number) for number in re.findall(r"^epoch (\d+):", said, re.MULTILINE))])
    assert int(went_on) in (last - 1, last)
    undisturbed.train(specification)
    assert results(asked) == results(undisturbed)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: data[:-5000] + b"x" * 5000])
def test_a_spoiled_state_starts_the_fold_anew(
    damage: Callable[[bytes], bytes], done: Features, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    made = Features(tmp_path).make()
    path = store_path(made.store, "progress", done.trained[0].stem)
    made.train(SPECIFICATION)
    with h5py.File(made.trained[0]) as file:
        sources = [source.decode() for source in file["sources"][()]]
    progress = ProgressFile(path, sources, 0)
    progress.keep(Progress([np.zeros(3000)], None, None, [{"val_loss": 1.0, "transition": ""}]))
    path.write_bytes(damage(path.read_bytes()))
    for file in (*made.trained, *(made.folder / "training/rgb").iterdir()):
        file.unlink()
    made.train(SPECIFICATION)
    assert "this fold starts over" in capsys.readouterr().out
    assert results(made) == results(done)


def test_progress_of_a_fold_that_is_done_is_removed(copy: Features) -> None:
    path = store_path(copy.store, "progress", copy.trained[1].stem)
    ProgressFile(path, [], 0).keep(Progress([], None, None, []))
    copy.train(SPECIFICATION)
    assert not path.exists()


def test_a_training_keeps_its_state_only_so_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Features(tmp_path).make()
    written = []
    monkeypatch.setattr(progress_file, "new_store_file", lambda path, *_: written.append(path))
    made.train(SPECIFICATION, keep_every=60)
    assert not written


def test_a_model_has_not_seen_the_videos_that_it_is_asked_about(tmp_path: Path) -> None:
    # Classes have nothing in common, but each video is easily known again: who has seen it knows its class.
    made = Features(tmp_path).make(videos=24, skill=0, identity=3)
    output = made.train(experiment({"epochs": 12, "patience": 12}, cell_dropout=0.0, dropout=0.0))
    history = pd.read_csv(output / "history.csv")
    assert (history.groupby("fold")["accuracy"].last() > 0.95).all()
    assert evaluate(pd.read_parquet(output / "predictions.parquet"))["accuracy"] < 0.6
    # The network is best when it knows least: early stopping restores that state, which is evaluated.
    best = history.loc[history.groupby("fold")["val_loss"].idxmin()]
    assert (best["epoch"] < 12).all()
    predictions = pd.read_parquet(output / "predictions.parquet")
    for fold, own in predictions.groupby("fold"):
        loss = evaluate(own)["loss"]
        assert loss == pytest.approx(best.set_index("fold").loc[fold, "val_loss"], abs=1e-4)
        assert loss < history[history["fold"] == fold]["val_loss"].iloc[-1] - 0.05


def test_training_stops_when_it_gets_no_better(tmp_path: Path) -> None:
    made = Features(tmp_path).make(skill=0, identity=3)
    plain = experiment({"epochs": 50, "patience": 2, "schedule": None})
    history = pd.read_csv(made.train(plain) / "history.csv", keep_default_na=False)
    for _, own in history.groupby("fold"):
        assert len(own) < 50
        assert own["transition"].tolist() == [""] * (len(own) - 1) + ["stop"]
        assert own["epoch"].iloc[-1] == own.loc[own["val_loss"].idxmin(), "epoch"] + 2


def test_the_stored_weights_are_those_that_were_asked(done: Features) -> None:
    predictions = pd.read_parquet(done.folder / "training/rgb/predictions.parquet")
    network = build_network(SPECIFICATION.network, LENGTH, 64)
    segments = done.stored_segments()
    for fold, path in enumerate(done.trained):
        with h5py.File(path) as file:
            for variable, values in zip(network.variables, file["variables"].values(), strict=True):
                variable.assign(values[()])
        own = np.flatnonzero(segments["fold"] == fold)
        asked = np.asarray(network(SegmentReader(segments, LENGTH).read(own)))
        assert np.allclose(asked, predictions[list(PROBABILITIES)].to_numpy()[own], atol=1e-5)


def test_class_weights_raise_what_is_rare(tmp_path: Path) -> None:
    made = Features(tmp_path).make(skill=0.1)
    segments = pd.read_parquet(made.segments)
    # One segment in four of signing is left.
    rare = (segments["label"] == "signing") & (segments["start_frame"] > 0)
    segments[~rare].to_parquet(made.segments, index=False)
    shares = {}
    for weighted in (False, True):
        specification = experiment({"class_weights": weighted, "epochs": 4, "patience": 4})
        output = made.train(specification, name=f"weighted_{weighted}")
        shares[weighted] = pd.read_parquet(output / "predictions.parquet")["p_signing"].mean()
    assert shares[True] > shares[False] + 0.05


def test_features_that_are_missing_are_one_clear_error(copy: Features) -> None:
    manifest = pd.read_csv(copy.manifest, sep="\t")
    write_table(copy.manifest, manifest[manifest["video_id"] != "video 07"])
    with pytest.raises(InputError, match=rf"^{copy.manifest}: no fc1 features of 'video 07'; delete "):
        copy.train(SPECIFICATION)


def test_changed_parameters_seeds_and_features_are_trained_anew(copy: Features) -> None:
    keys, histories = [], []
    for epochs, seed in ((6, 1), (1, 1), (1, 2)):
        output = copy.train(experiment({"epochs": epochs}), seed=seed)
        keys.append(json.loads((output / "record.json").read_text())["key"])
        history = pd.read_csv(output / "history.csv").query("epoch == 1").reset_index(drop=True)
        histories.append(history.drop(columns="transition"))
    assert len(set(keys)) == 3
    assert len(copy.trained) == 9
    assert histories[0].equals(histories[1])
    assert not histories[1].equals(histories[2])


def test_segments_are_read_with_few_open_files(copy: Features, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "OPEN_FILES", 2)
    segments = copy.stored_segments()
    reader = SegmentReader(segments, LENGTH)
    order = np.random.default_rng(0).permutation(len(segments))
    read = reader.read(order)
    assert read.shape == (48, LENGTH, reader.n_features)
    assert read.dtype == np.float16
    for values, position in zip(read, order, strict=True):
        row = segments.iloc[position]
        with h5py.File(row["path"]) as file:
            start = row["start_frame"] // 10
            assert np.array_equal(values, file["features"][start : start + LENGTH])
    handles = [str(handle.readlink()) for handle in Path("/proc/self/fd").iterdir() if handle.exists()]
    assert sum(handle.startswith(str(copy.store)) for handle in handles) <= 2


def test_features_in_float16_are_trained_on_as_the_same_numbers_in_float32() -> None:
    features = np.random.default_rng(0).normal(size=(8, 5, 16)).astype(np.float16)
    found = []
    for given in (features, features.astype(np.float32)):
        keras.utils.set_random_seed(1)
        network = CompiledNetworks(Form(Network(units=4, dense_units=4), 5, 16, "float32", given.dtype.name))
        for _ in range(3):
            network.train({0: Step(given, np.arange(8) % 3, np.ones(3, np.float32), 0.01)})
        found.append([value.numpy() for value in network.model.variables])
        found[-1].append(network.predict({0: Prediction(given)})[0])
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


def test_segments_are_not_read_from_a_file_that_was_cut_or_is_in_pieces(tmp_path: Path) -> None:
    path, frames = tmp_path / "key.h5", np.arange(40)
    segments = pd.DataFrame({"path": [path, path], "start_frame": [0, 20]})
    write_features(path, "key", np.ones((40, 64), np.float16), frames)
    reader = SegmentReader(segments, 20)
    for start in (21, 20.5, 50):  # what follows the features in the file are no features
        with pytest.raises(InputError, match=r"key\.h5: lacks samples of a segment"):
            SegmentReader(segments.assign(start_frame=start), 20)
    with h5py.File(path) as file:
        end = file["features"].id.get_offset() + 39 * 64 * 2
    os.truncate(path, end)
    assert reader.read(np.array([0])).shape == (1, 20, 64)
    with pytest.raises(InputError, match=r"key\.h5: ends within a segment; `make verify`"):
        reader.read(np.array([1]))
    with h5py.File(path, "w") as file:
        file["frame"] = frames
        file.create_dataset("features", data=np.ones((40, 64), np.float16), chunks=(1, 64))
    with pytest.raises(InputError, match=r"key\.h5: its features are in pieces; delete it"):
        SegmentReader(segments, 20)


def test_batches_hold_every_segment_once_in_an_order_of_the_epoch(done: Features) -> None:
    segments = done.stored_segments()
    reader, positions = SegmentReader(segments, LENGTH), np.arange(5, 48)

    def epochs(order_seed: list[int] | None, count: int) -> list[np.ndarray]:
        made, found = SegmentBatches(reader, segments, positions, 16, order_seed), []
        for number in range(1, count + 1):
            made.start_epoch(number)
            parts = [made[batch] for batch in range(len(made))]
            assert [len(classes) for _, classes in parts] == [16, 16, 11]
            found.append(np.concatenate([values for values, _ in parts]))
            expected = segments["label"].iloc[positions].value_counts()
            classes = np.bincount(np.concatenate([classes for _, classes in parts]), minlength=3)
            assert classes.tolist() == expected[list(CLASSES)].tolist()
        return found

    plain = epochs(None, 2)
    assert all(np.array_equal(values, reader.read(positions)) for values in plain)
    first, second = epochs([1, 0], 2)
    assert not np.array_equal(first, second)
    assert np.array_equal(np.sort(first, axis=None), np.sort(plain[0], axis=None))
    assert np.array_equal(epochs([1, 0], 2)[1], second)
    assert not np.array_equal(epochs([1, 1], 1)[0], first)


def test_each_epoch_is_trained_in_its_own_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked = SegmentReader.read, []

    def read_and_note(self: SegmentReader, positions: np.ndarray) -> np.ndarray:
        asked.append(positions.tolist())
        return read(self, positions)

    monkeypatch.setattr(SegmentReader, "read", read_and_note)
    made = Features(tmp_path).make()
    made.train(experiment({"epochs": 3}), seed=5)
    folds = pd.read_parquet(made.segments)["fold"].to_numpy()
    for fold in range(3):
        training = np.flatnonzero(folds != fold)
        for epoch in range(1, 4):
            order = np.random.default_rng([5, fold, epoch]).permutation(training).tolist()
            assert order[8:16] in asked


def test_batches_are_read_ahead_in_their_order(done: Features) -> None:
    segments = done.stored_segments()
    made = SegmentBatches(SegmentReader(segments, LENGTH), segments, np.arange(5, 48), 16, order_seed=[1, 0])
    for number in (1, 2):
        made.start_epoch(number)
        pairs = zip(made.read_ahead(), (made[batch] for batch in range(len(made))), strict=True)
        for own, expected in pairs:
            assert all(np.array_equal(*values) for values in zip(own, expected, strict=True))
    assert not list(SegmentBatches(made._reader, segments, np.arange(0), 16).read_ahead())


def test_a_file_that_is_cut_or_gone_in_mid_training_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_epoch = SegmentBatches.start_epoch
    damage = {"cut": lambda path: os.truncate(path, path.stat().st_size // 2), "gone": Path.unlink}
    messages = {"cut": r"\.h5: ends within a segment; `make verify`", "gone": r"\.h5: cannot be read \(No such file"}
    for kind, harm in damage.items():
        made = Features(tmp_path / kind).make()
        paths = sorted((made.store / "features").glob("*.h5"))

        def start_and_harm(self: SegmentBatches, number: int, harm=harm, paths=paths) -> None:
            if number == 2:
                for path in paths:
                    harm(path)
                paths.clear()
                self._reader._files.clear()
            start_epoch(self, number)

        monkeypatch.setattr(SegmentBatches, "start_epoch", start_and_harm)
        with pytest.raises(InputError, match=messages[kind]):
            made.train(experiment({"epochs": 3}))


def test_only_the_named_parts_of_a_pose_are_trained_on(tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    write_table(made.manifest, read_table(made.manifest).assign(layer="descriptor"))
    values = {"stream": None, "layer": None, "descriptor": "pose"}
    whole = experiment({"epochs": 2}).model_copy(update=values)
    hands = whole.model_copy(update={"parts": ["hands"]})
    record = json.loads((made.train(hands, name="hands") / "record.json").read_text())
    assert record["trainable_parameters"] == 3 * 8 * (21 + 8 + 1) + 2 * 8 + 9 * 8 + 9 * 3
    first = pd.read_parquet(made.folder / "training/hands/predictions.parquet")
    for path in (made.store / "features").glob("[!.]*.h5"):
        with h5py.File(path, "r+") as file:
            rest = np.delete(np.arange(64), hands.columns)
            file["features"][:, rest] = file["features"][:, rest][::-1]
    shutil.rmtree(made.store / "training")
    again = pd.read_parquet(made.train(hands, name="hands") / "predictions.parquet")
    assert again.equals(first)
    made.train(whole, name="whole")
    assert len(made.trained) == 6
