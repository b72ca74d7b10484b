"""Networks that are trained side by side are those that are trained alone, up to rounding."""

import json
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from made_features import Features, experiment

from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError
from signwild.configuration.sections.network import Network
from signwild.stages.training import stored_networks
from signwild.stages.training.compiled import CompiledNetworks, Form
from signwild.stages.training.network import build_network
from signwild.stages.training.progress import Progress
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.steps import Prediction, Step, TrainingSteps
from signwild.stages.training.trainer import Trainer

LENGTH, WIDTH = 5, 12

SCHEDULE = {"reductions": 2, "learning_rate_factor": 0.5, "batch_factor": 2, "largest_batch": 32}
SCHEDULED = {"epochs": 12, "patience": 1, "learning_rate_decay": 0.01, "schedule": SCHEDULE}

SPECIFICATION = experiment(SCHEDULED, dropout=0.5, cell_dropout=0.3, layers=2)

FORMS = [
    {},
    {"cell": "lstm", "cell_dropout_masks": "shared", "batch_normalisation_averages": "plain"},
    {"cell": "statistics", "l2": 0.1},
    {"cell_dropout": 0.0, "dropout": 0.0, "batch_normalisation": False, "dense_units": 0},
]


def unequal_features(folder: Path) -> Features:
    """Return features of four folds, of which the first has more videos, so the others train on more segments."""
    return Features(folder).make(videos=15, folds=4, skill=0.1, identity=2)


def history(output: Path) -> pd.DataFrame:
    return pd.read_csv(output / "history.csv").fillna({"transition": ""})


def assert_same(one: Path, other: Path) -> None:
    """Compare results: what was done is equal, and numbers are up to rounding."""
    found, expected = history(one), history(other)
    steps = ["fold", "part", "epoch", "learning_rate", "batch_size", "transition"]
    pd.testing.assert_frame_equal(found[steps], expected[steps])
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4, atol=1e-4)
    tables = [pd.read_parquet(folder / "predictions.parquet")[list(PROBABILITIES)] for folder in (one, other)]
    assert np.allclose(*tables, atol=1e-4)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Four folds, trained one after the other."""
    made = unequal_features(tmp_path_factory.mktemp("alone"))
    made.train(SPECIFICATION)
    return made


def started(form: Form, count: int, numbers: list[int]) -> tuple[CompiledNetworks, dict]:
    """Return networks side by side, of which these begin with values of their own."""
    networks, fits = CompiledNetworks(form, count), {}
    for place, number in enumerate(numbers):
        keras.utils.set_random_seed(number)
        model = build_network(form.network, LENGTH, WIDTH)
        fits[place] = networks.fit(place, form.network)
        fits[place].restore(fits[place].start(model))
    return networks, fits


def batch(number: int, size: int) -> Step:
    random = np.random.default_rng([number, size])
    features = random.normal(size=(size, LENGTH, WIDTH)).astype(np.float16)
    weights = random.uniform(0.5, 2, 3).astype(np.float32)
    return Step(features, random.integers(0, 3, size), weights, 0.01 / (number + 1))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("values", FORMS)
def test_steps_are_those_of_networks_alone(values: dict, precision: str) -> None:
    """Batches of different sizes, other rates, and steps in which one network has nothing to do."""
    form = Form(Network(**{"units": 6, "dense_units": 4} | values), LENGTH, WIDTH, precision, "float16")
    networks, fits = started(form, 3, [1, 2, 3])
    sizes = {0: [8, 8, 3, 8], 1: [5, None, 5, 2], 2: [None, 16, 16, None]}
    for number in range(4):
        own = {place: batch(place, size[number]) for place, size in sizes.items() if size[number]}
        networks.train(own)
    asked = {place: Prediction(batch(7, size).features) for place, size in ((0, 4), (2, 9))}
    predicted = networks.predict(asked)
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if precision == "float32" else {"rtol": 2e-2, "atol": 2e-3}
    for place, own in fits.items():
        single, only = started(form, 1, [place + 1])
        for size in sizes[place]:
            if size:
                single.train({0: batch(place, size)})
        for value, expected in zip(own.state(), only[0].state(), strict=True):
            assert value.shape == expected.shape
            assert value.dtype == expected.dtype
            assert np.allclose(value, expected, **tolerance)
        assert own.steps == only[0].steps == sum(size is not None for size in sizes[place])
        assert np.allclose(own.scores(), only[0].scores(), **tolerance)
        if place in asked:
            assert predicted[place].shape == (len(asked[place].features), 3)
            assert np.allclose(predicted[place], single.predict({0: asked[place]})[0], **tolerance)


def test_folds_side_by_side_are_those_alone(alone: Features, tmp_path: Path) -> None:
    expected = history(alone.folder / "training/rgb")
    epochs, ends = expected.groupby("fold").size(), expected.groupby("fold")["transition"].last()
    assert epochs.min() < epochs.max()
    assert {"stop", "limit"} >= set(ends)
    assert {"reduce", "grow"} <= set(expected["transition"])
    for count in (2, 4):
        made = unequal_features(tmp_path / str(count))
        assert_same(made.train(SPECIFICATION, side_by_side=count), alone.folder / "training/rgb")
        assert not list(made.store.glob("progress/*"))


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_folds_that_are_broken_off_side_by_side_go_on(
    end: type, alone: Features, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill where each epoch is saved, and end where none is yet: then all folds under way are saved."""
    made, keep, epochs = unequal_features(tmp_path), ProgressFile.keep, []

    def keep_and_stop(self: ProgressFile, progress: Progress) -> None:
        keep(self, progress)
        epochs.append(len(progress.rows))
        if len(epochs) in (7, 15):
            raise end

    monkeypatch.setattr(ProgressFile, "keep", keep_and_stop)
    for _ in range(2):
        with pytest.raises(end):
            made.train(SPECIFICATION, keep_every=600 if end is SystemExit else 0, side_by_side=4)
        assert len(list(made.store.glob("progress/*.h5"))) == 4 - len(made.trained)
    # The rest is trained by twos.
    output = made.train(SPECIFICATION, side_by_side=2)
    assert_same(output, alone.folder / "training/rgb")
    assert len(epochs) == len(history(output))
    assert not list(made.store.glob("progress/*"))


def test_inner_stopping_side_by_side(tmp_path: Path) -> None:
    specification = experiment(SCHEDULED | {"epochs": 4, "stop_on": "inner"})
    made = [Features(tmp_path / name).make(videos=18, folds=2, skill=0.3) for name in ("alone", "together")]
    outputs = [own.train(specification, side_by_side=count) for own, count in zip(made, (1, 2), strict=True)]
    assert "refit" in set(history(outputs[0])["part"])
    assert_same(*outputs)


def write_waiting(made: Features, experiments: list, seeds: tuple[int, ...]) -> Path:
    read = {"features": str(made.manifest), "segments": str(made.segments)}
    entries = [
        {"experiment": own.model_dump(mode="json"), "seed": seed, "is_final": False, **read}
        for own in experiments
        for seed in seeds
    ]
    path = made.folder / "waiting.json"
    path.write_text(json.dumps(entries))
    return path


def test_others_of_the_same_form_join_and_other_forms_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task of one fold is trained with other seeds and rates of dropout; another form is a group of its own."""
    short = {"epochs": 2}
    experiments = [
        experiment(short, **values).model_copy(update={"protocol": "two_folds"})
        for values in ({}, {"dropout": 0.1}, {"units": 4})
    ]
    together, alone = (Features(tmp_path / name).make(videos=6, folds=2) for name in ("together", "alone"))
    groups, train = [], stored_networks.NetworkTraining._train_group

    def train_and_note(self: stored_networks.NetworkTraining, runs: list) -> None:
        groups.append(len(runs))
        train(self, runs)

    monkeypatch.setattr(stored_networks.NetworkTraining, "_train_group", train_and_note)
    listed = write_waiting(together, experiments, (1, 2))
    together.train(experiments[0], waiting=listed, fits=100, side_by_side=3)
    assert groups == [3, 2]  # the fourth of the first form takes the place of the first that ends
    assert len(together.trained) == 6
    for number, own in enumerate(experiments):
        for seed in (1, 2):
            outputs = [made.train(own, f"{number} {seed}", seed) for made in (together, alone)]
            assert_same(*outputs)
    assert len(together.trained) == 6


def test_a_diverged_network_that_waits_adds_nothing_to_its_scores() -> None:
    form = Form(Network(units=6, dense_units=4), LENGTH, WIDTH, "float32", "float16")
    networks, fits = started(form, 2, [1, 2])
    fits[1].restore([value * np.nan if value.dtype == np.float32 else value for value in fits[1].state()])
    networks.train({0: batch(0, 8)})
    assert fits[1].scores().tolist() == [0, 0]
    assert np.isfinite(fits[0].scores()).all()


def test_what_diverges_ahead_is_left_and_the_own_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Features(tmp_path).make(videos=6, folds=2)
    own, other = experiment({"epochs": 3}), experiment({"epochs": 3}, dropout=0.1)
    train = Trainer._train_epoch

    def fail_for_the_other(self: Trainer, *values: object) -> TrainingSteps:
        if self.form.network.dropout == 0.1:
            raise InputError("the training diverged")
        return (yield from train(self, *values))

    monkeypatch.setattr(Trainer, "_train_epoch", fail_for_the_other)
    made.train(own, waiting=write_waiting(made, [other], (1, 2)), fits=100, side_by_side=3)
    assert len(made.trained) == 2
    assert capsys.readouterr().out.count("the rest is left to other jobs: the training diverged") == 1
    with pytest.raises(InputError, match="the training diverged"):
        made.train(other, "other", side_by_side=2)
    assert not list(made.store.glob("progress/.*.lock"))
