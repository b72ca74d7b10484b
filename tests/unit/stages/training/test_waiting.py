"""A training job that has started Keras trains others that wait, to the same bytes, and jobs share the work."""

import hashlib
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import h5py
import pytest
import tensorflow as tf
from made_features import Features, experiment
from places import rule_program

from signwild.base.errors import InputError
from signwild.base.locks import claimed
from signwild.base.store import store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.stages.training import products, stored_networks, waiting
from signwild.stages.training.steps import TrainingSteps
from signwild.stages.training.train_final import train_final
from signwild.stages.training.trainer import Trainer

EXPERIMENTS = {
    "rgb": experiment({"epochs": 1}),
    "less": experiment({"epochs": 1}, dropout=0.1),
    "small": experiment({"epochs": 1}, units=4),
}


def small_features(folder: Path) -> Features:
    """Return features of six videos in two folds."""
    return Features(folder).make(videos=6, folds=2)


def write_waiting(made: Features, names: list[str], **changes: object) -> Path:
    entries = [
        {
            "experiment": EXPERIMENTS[name].model_dump(mode="json"),
            "features": str(made.manifest),
            "segments": str(made.segments),
            "seed": 1,
            "is_final": False,
        }
        | changes
        for name in names
    ]
    path = made.folder / "waiting.json"
    path.write_text(json.dumps(entries))
    return path


def stored(made: Features) -> dict[str, str]:
    """Return the digests of the stored networks' data."""
    found = {}
    for path in made.trained:
        with h5py.File(path) as file:
            arrays = [file["probabilities"], *file["variables"].values(), *file["history"].values()]
            found[path.name] = hashlib.sha256(b"".join(array[()].tobytes() for array in arrays)).hexdigest()
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Three experiments, each trained by a job of its own."""
    made = small_features(tmp_path_factory.mktemp("alone"))
    for name, specification in EXPERIMENTS.items():
        made.train(specification, name)
    return made


def test_what_waits_is_trained_ahead_to_the_same_bytes(
    alone: Features, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_features(tmp_path)
    listed = write_waiting(made, list(EXPERIMENTS))
    made.train(EXPERIMENTS["rgb"], waiting=listed, fits=100)
    assert stored(made) == stored(alone)
    assert len(made.trained) == 6
    monkeypatch.setattr(stored_networks.NetworkTraining, "_train_all", None)  # nothing is left to train
    for name in ("less", "small"):
        output = made.train(EXPERIMENTS[name], name, waiting=listed, fits=100)
        for file in ("predictions.parquet", "history.csv"):
            assert (output / file).read_bytes() == (alone.folder / "training" / name / file).read_bytes()
    assert not list((made.store / "progress").iterdir())


@pytest.mark.parametrize(
    ("fits", "changes", "count"),
    [
        (1, {}, 2),
        (3, {}, 3),
        (100, {"features": "other.tsv"}, 2),
        (100, {"segments": "by_video.parquet"}, 2),
        (100, {"is_final": True}, 4),
    ],
)
def test_only_so_many_and_what_reads_the_same_segments_and_features(
    fits: int, changes: dict, count: int, tmp_path: Path
) -> None:
    made = small_features(tmp_path)
    made.train(EXPERIMENTS["rgb"], waiting=write_waiting(made, ["less", "small"], **changes), fits=fits)
    assert len(made.trained) == count


def test_no_other_job_is_looked_at_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small_features(tmp_path)
    path, looked = write_waiting(made, ["less", "small"]), []
    monkeypatch.setattr(waiting, "with_features", lambda *_: looked.append(1))
    made.train(EXPERIMENTS["rgb"], waiting=path, fits=2)
    assert not looked


def test_without_a_list_a_job_trains_its_own(tmp_path: Path) -> None:
    made = small_features(tmp_path)
    made.train(EXPERIMENTS["rgb"], waiting=tmp_path / "none.json", fits=100)
    assert len(made.trained) == 2


def test_a_job_with_nothing_to_train_trains_nothing_ahead(alone: Features) -> None:
    before = len(alone.trained)
    other = experiment({"epochs": 1}, units=3)
    entry = {"experiment": other.model_dump(mode="json"), "seed": 1, "is_final": False}
    entry |= {"features": str(alone.manifest), "segments": str(alone.segments)}
    listed = alone.folder / "waiting.json"
    listed.write_text(json.dumps([entry]))
    alone.train(EXPERIMENTS["rgb"], waiting=listed, fits=100)
    assert len(alone.trained) == before


def test_networks_on_all_folds_train_ahead_too(tmp_path: Path) -> None:
    made = small_features(tmp_path)
    listed = write_waiting(made, ["less"])
    inputs = (5, made.segments, made.manifest, made.store, {}, tmp_path / "final")
    train_final("made", "rgb", 1, EXPERIMENTS["rgb"], *inputs, waiting=listed, fits=2)
    assert len(made.trained) == 2


def test_a_training_that_fails_ahead_is_left_to_its_own_job(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_features(tmp_path)
    train = Trainer._train_by_schedule

    def fail_for_less(self: Trainer, *values: object) -> TrainingSteps:
        if self.form.network.dropout == 0.1:
            raise InputError("the training diverged")
        return (yield from train(self, *values))

    monkeypatch.setattr(Trainer, "_train_by_schedule", fail_for_less)
    made.train(EXPERIMENTS["rgb"], waiting=write_waiting(made, ["less", "small"]), fits=100)
    assert capsys.readouterr().out.count("the rest is left to other jobs: the training diverged") == 1
    assert len(made.trained) == 2


def start(made: Features, name: str, listed: Path) -> subprocess.Popen:
    command = [*rule_program("training.train_experiment"), *made.command(EXPERIMENTS[name], name)]
    command += ["--waiting", str(listed), "--fits", "100", "--threads", "1"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_jobs_at_the_same_time_share_the_work(alone: Features, tmp_path: Path) -> None:
    made = small_features(tmp_path)
    listed = write_waiting(made, list(EXPERIMENTS))
    jobs = [start(made, name, listed) for name in ("rgb", "small")]
    said = [job.communicate()[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], said
    assert stored(made) == stored(alone)
    # Each network was trained by one of them.
    assert sum(text.count("epoch 1:") for text in said) == 6
    assert not list((made.store / "progress").iterdir())


def test_a_network_that_another_job_trains_is_waited_for(
    alone: Features, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    made, is_held = small_features(tmp_path), Event()

    def hold_until_the_other_is_trained() -> None:
        with claimed(store_path(made.store, "progress", alone.trained[0].stem)):
            is_held.set()
            while not made.trained:
                time.sleep(0.01)

    with ThreadPoolExecutor(1) as other:
        other.submit(hold_until_the_other_is_trained)
        is_held.wait()
        made.train(EXPERIMENTS["rgb"])
    said = capsys.readouterr().out
    assert said.index("epoch 1:") < said.index("waiting for another process that is training fold 0")
    assert len(made.trained) == 2


def test_the_order_begins_with_networks_of_the_same_form(tmp_path: Path) -> None:
    made = small_features(tmp_path)
    listed = write_waiting(made, ["small", "less", "rgb"])

    def names(own: TrainedExperiment) -> list[str]:
        tasks = waiting.waiting_tasks(listed, own, made.segments, made.manifest, 5, made.store)
        return [next(name for name, entry in EXPERIMENTS.items() if entry == task.experiment) for task in tasks]

    assert names(EXPERIMENTS["rgb"]) == ["less", "rgb", "small"]
    assert names(EXPERIMENTS["small"]) == ["small", "less", "rgb"]


@pytest.mark.parametrize(("times", "is_told"), [(3.2, True), (1.1, False)])
def test_a_processor_without_bfloat16_is_told_so(
    times: float, is_told: bool, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "time_of_bfloat16", lambda: times)
    products.warn_of_slow_products()
    assert ("bfloat16 takes 3.2 times as long as float32" in capsys.readouterr().out) == is_told


def test_the_time_of_bfloat16_is_a_multiple_of_that_of_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    measure, seconds = products._seconds, []

    def note(left: tf.Tensor, right: tf.Tensor) -> float:
        seconds.append((left.dtype, right.dtype, measure(left, right)))
        return {tf.float32: 2.0, tf.bfloat16: 6.0}[left.dtype]

    monkeypatch.setattr(products, "_seconds", note)
    assert products.time_of_bfloat16() == 3.0
    assert {kinds[:2] for kinds in seconds} == {(tf.float32, tf.float32), (tf.bfloat16, tf.bfloat16)}
    assert all(taken > 0 for *_, taken in seconds)
