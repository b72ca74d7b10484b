"""Training that stops by an inner part of its training folds: the held-out fold decides nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_features import LENGTH, SEGMENTS, Features, experiment

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.training import Training
from signwild.keys.folds import final_key, training_keys
from signwild.predictions.metrics import evaluate
from signwild.stages.training.batches import SegmentReader
from signwild.stages.training.network import build_network
from signwild.stages.training.path import REFIT, STOPPING, best_epoch, path_to_best
from signwild.stages.training.progress import Progress
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.schedule import GO_ON, LIMIT, STOP, TrainingSchedule
from signwild.stages.training.split import split_everything, split_fold, split_groups
from signwild.stages.training.train_final import train_final

INNER = {"stop_on": "inner"}

SCHEDULED = experiment(
    {
        "epochs": 12,
        "patience": 1,
        "learning_rate_decay": 0.01,
        "schedule": {"reductions": 2, "learning_rate_factor": 0.5, "batch_factor": 2, "largest_batch": 64},
        **INNER,
    },
    dropout=0.5,
    cell_dropout=0.3,
)


def made_groups(counts: dict[str, list[int]]) -> pd.DataFrame:
    """Return segments of one class each, with these numbers in each group."""
    rows = [
        (f"{label} {number}", label) for label, own in counts.items() for number, n in enumerate(own) for _ in "." * n
    ]
    return pd.DataFrame(rows, columns=["group", "label"]).assign(fold=0)


def variables(made: Features, output: Path) -> list[list[np.ndarray]]:
    """Return the values of the networks of all folds, by the folds of the record."""
    found = []
    for entry in json.loads((output / "record.json").read_text())["folds"]:
        with h5py.File(made.store / "training" / f"{entry['key']}.h5") as file:
            found.append([values[()] for values in file["variables"].values()])
    return found


def same(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(left, right, strict=True))


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """An uninterrupted training with reductions, growth, decay and dropout, stopped by an inner part."""
    made = Features(tmp_path_factory.mktemp("scheduled")).make(skill=0.1, identity=2)
    made.train(SCHEDULED)
    return made


def histories(made: Features) -> Iterator[tuple[int, pd.DataFrame, pd.DataFrame]]:
    """Return for each fold the epochs of the stopped training, and those of the repeated training."""
    history = pd.read_csv(made.folder / "training/rgb/history.csv", keep_default_na=False, na_values=[""])
    history["transition"] = history["transition"].fillna("")
    for fold, own in history.groupby("fold"):
        yield fold, own[own["part"] == STOPPING], own[own["part"] == REFIT]


def test_the_path_is_what_the_best_state_went_through() -> None:
    training = Training(epochs=15, patience=2, schedule={"reductions": 2, "batch_factor": 2, "largest_batch": 128})
    transitions = set()
    for seed in range(200):
        losses = iter(np.random.default_rng(seed).choice([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, np.nan], 15))
        schedule, rows, state, best, follows = TrainingSchedule(training, 100), [], (), (), GO_ON
        while follows not in (STOP, LIMIT):
            state = (*(best if follows != GO_ON else state), len(rows) + 1)
            step = {"learning_rate": schedule.learning_rate, "batch_size": schedule.batch_size}
            loss, least = next(losses), schedule.best_loss
            follows = schedule.observe(loss)
            if loss < least:
                best = state
            rows.append({"val_loss": loss, "transition": follows, "epoch": len(rows) + 1, **step})
            transitions.add(follows)
        assert tuple(row["epoch"] for row in path_to_best(rows)) == best
        assert best_epoch(rows) == (best[-1] if best else 0)
    assert transitions == {"", "reduce", "grow", "stop", "limit"}


def test_the_inner_parts_share_no_group_and_have_every_class_to_about_a_fifth() -> None:
    random = np.random.default_rng(0)
    segments = made_groups({name: random.integers(1, 30, 25).tolist() for name in CLASSES})
    positions = np.flatnonzero(random.random(len(segments)) < 0.8)
    training, validation = split_groups(segments, positions, [1, 0], "it", "so")
    assert sorted([*training, *validation]) == positions.tolist()
    parts = [segments.iloc[part] for part in (training, validation)]
    assert not set(parts[0]["group"]) & set(parts[1]["group"])
    shares = parts[1]["label"].value_counts() / segments.iloc[positions]["label"].value_counts()
    assert shares.between(0.17, 0.23).all()
    again = split_groups(segments, positions, [1, 0], "it", "so")
    assert all(np.array_equal(*pair) for pair in zip(again, (training, validation), strict=True))
    assert not np.array_equal(split_groups(segments, positions, [2, 0], "it", "so")[1], validation)


def test_a_group_of_several_classes_and_classes_of_two_groups_are_split() -> None:
    segments = made_groups({"signing": [9, 3], "speaking": [5] * 10, "other": [4, 4]})
    segments["group"] = segments["group"].replace({"other 1": "speaking 0"})
    parts = split_groups(segments, np.arange(len(segments)), [1], "it", "so")
    for part in parts:
        assert set(segments.iloc[part]["label"]) == set(CLASSES)
    # Of two groups the smaller one decides.
    assert (segments.iloc[parts[1]]["label"] == "signing").sum() == 3


def test_groups_of_several_classes_need_not_be_even_to_be_split() -> None:
    counts = {"anna": [90, 10, 50], "ben": [10, 90, 50]}
    rows = [
        (group, name) for group, own in counts.items() for name, n in zip(CLASSES, own, strict=True) for _ in "." * n
    ]
    segments = pd.DataFrame(rows, columns=["group", "label"])
    parts = split_groups(segments, np.arange(len(segments)), [1], "it", "so")
    assert sorted(segments.iloc[part]["group"].unique().tolist() for part in parts) == [["anna"], ["ben"]]
    alone = segments.assign(group=segments["group"].where(segments["label"] != "other", "anna"))
    with pytest.raises(InputError, match=r"groups: signing in 2, speaking in 2, other in 1"):
        split_groups(alone, np.arange(len(alone)), [1], "it", "so")


def test_too_few_groups_are_one_clear_error_before_any_training(tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    segments = pd.read_parquet(made.segments)
    segments.loc[(segments["label"] == "signing") & (segments["fold"] > 0), "group"] = "anna"
    segments.to_parquet(made.segments, index=False)
    message = (
        r"^training.stop_on: inner: what is trained on without fold 0 cannot be split .* \(groups: signing in 1, "
        r"speaking in 2, other in 2\); add videos of other persons or sources, or set training.stop_on to held_out$"
    )
    with pytest.raises(InputError, match=message):
        made.train(experiment(INNER))
    assert not made.trained


def test_only_an_inner_split_rests_on_groups(done: Features) -> None:
    segments = done.stored_segments().assign(key="key")
    renamed = segments.assign(group="g" + segments["group"])
    held_out = segments.assign(group=segments["group"].where(segments["fold"] > 0, "somebody"))
    keys = {
        stop_on: [
            [key for key, _ in training_keys(experiment({"stop_on": stop_on}), table, 5, 1).values()]
            for table in (segments, renamed, held_out)
        ]
        for stop_on in ("held_out", "inner")
    }
    assert keys["held_out"][0] == keys["held_out"][1] == keys["held_out"][2]
    assert not set(keys["inner"][0]) & {*keys["inner"][1], *keys["held_out"][0]}
    # The groups of the held-out fold do not matter.
    assert [a == b for a, b in zip(keys["inner"][0], keys["inner"][2], strict=True)] == [True, False, False]


def test_it_trains_anew_on_all_training_folds_along_the_path_to_the_best_epoch(scheduled: Features) -> None:
    record = json.loads((scheduled.folder / "training/rgb/record.json").read_text())
    entries = {entry["fold"]: entry for entry in record["folds"]}
    transitions = set()
    for fold, stopping, refit in histories(scheduled):
        path = path_to_best(stopping.to_dict("records"))
        for name in ("learning_rate", "batch_size"):
            assert refit[name].tolist() == [row[name] for row in path]
        assert refit["epoch"].tolist() == list(range(1, len(path) + 1))
        assert refit[["val_loss", "val_accuracy"]].isna().all(axis=None)
        assert entries[fold]["epochs"] == len(stopping)
        assert entries[fold]["best_epoch"] == stopping.loc[stopping["val_loss"].idxmin(), "epoch"] == path[-1]["epoch"]
        assert entries[fold]["refit_epochs"] == len(path)
        transitions |= set(stopping["transition"])
    assert {"reduce", "grow"} <= transitions


def test_the_network_is_that_of_a_plain_training_on_all_training_folds(tmp_path: Path) -> None:
    # Everything is learnt easily, so the last epoch is the best one on any segments.
    made = Features(tmp_path).make(videos=24)
    short = {"epochs": 3, "patience": 3}
    # Keras also draws the dropout of a recurrent layer again with each batch that is evaluated.
    plain = made.train(experiment(short, cell_dropout=0.0), name="plain")
    inner = made.train(experiment(short | INNER, cell_dropout=0.0), name="inner")
    folds = json.loads((inner / "record.json").read_text())["folds"]
    assert [entry["best_epoch"] for entry in folds] == [3, 3, 3]
    for left, right in zip(variables(made, plain), variables(made, inner), strict=True):
        assert same(left, right)
    assert evaluate(pd.read_parquet(inner / "predictions.parquet"))["loss"] == pytest.approx(
        evaluate(pd.read_parquet(plain / "predictions.parquet"))["loss"], abs=1e-6
    )


def test_the_held_out_fold_decides_nothing(tmp_path: Path) -> None:
    made = Features(tmp_path).make(videos=24, folds=2, skill=0.3, identity=1)
    trainings = {name: experiment({"epochs": 8, "patience": 2, "stop_on": name}) for name in ("held_out", "inner")}
    specifications = {name: one.model_copy(update={"protocol": "two_folds"}) for name, one in trainings.items()}
    before = {name: variables(made, made.train(one, name=name))[0] for name, one in specifications.items()}
    segments = pd.read_parquet(made.segments)
    others = segments["label"].map(dict(zip(CLASSES, CLASSES[1:] + CLASSES[:1], strict=True)))
    segments["label"] = segments["label"].where(segments["fold"] == 0, others)
    segments.to_parquet(made.segments, index=False)
    after = {name: variables(made, made.train(one, name=name))[0] for name, one in specifications.items()}
    assert same(before["inner"], after["inner"])
    assert not same(before["held_out"], after["held_out"])


def test_two_folds_are_split_inside_the_one_that_trains(tmp_path: Path) -> None:
    made = Features(tmp_path).make(videos=24)
    specification = experiment({"epochs": 2, **INNER}).model_copy(update={"protocol": "two_folds"})
    output = made.train(specification)
    assert set(pd.read_parquet(output / "predictions.parquet")["fold"]) == {1}
    segments = pd.read_parquet(made.segments)
    split = split_fold(segments, 1, [0], Training(**INNER), 1)
    assert set(segments["fold"].iloc[np.concatenate(split.inner)]) == {0}
    assert len(split.training) == len(split.asked) == 9 * SEGMENTS


def test_a_training_that_is_broken_off_in_either_part_goes_on_after_its_last_epoch(
    scheduled: Features, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = pd.read_csv(scheduled.folder / "training/rgb/history.csv")
    first = history[history["fold"] == history["fold"].iloc[0]]
    assert set(first["part"]) == {STOPPING, REFIT}
    # Killed at either end of both parts, and told to end after an epoch that is not saved otherwise.
    stopping = int((first["part"] == STOPPING).sum())
    kills, end = {1, stopping, stopping + 1, len(first)}, len(first) + 2
    made, keep, epochs = Features(tmp_path).make(skill=0.1, identity=2), ProgressFile.keep, []

    def keep_and_stop(self: ProgressFile, progress: Progress) -> None:
        keep(self, progress)
        epochs.append((progress.rows[-1]["part"], progress.rows[-1]["epoch"]))
        if len(epochs) in kills:
            raise KeyboardInterrupt
        if len(epochs) == end:
            raise SystemExit

    monkeypatch.setattr(ProgressFile, "keep", keep_and_stop)
    for _ in kills:
        with pytest.raises(KeyboardInterrupt):
            made.train(SCHEDULED)
    with pytest.raises(SystemExit):
        made.train(SCHEDULED, keep_every=600)
    made.train(SCHEDULED)
    for name in ("predictions.parquet", "history.csv"):
        assert (made.folder / "training/rgb" / name).read_bytes() == (
            scheduled.folder / "training/rgb" / name
        ).read_bytes()
    # No epoch was trained twice, and nothing of the way is left.
    assert epochs == list(zip(history["part"], history["epoch"], strict=True))
    assert not list(made.store.glob("progress/*.h5"))
    for left, right in zip(*(variables(one, one.folder / "training/rgb") for one in (made, scheduled)), strict=True):
        assert same(left, right)


def test_a_training_that_diverges_is_one_clear_error(tmp_path: Path) -> None:
    made = Features(tmp_path).make(videos=24)
    with pytest.raises(InputError, match=r"^fold 0: the training diverged; lower training.learning_rate$"):
        made.train(experiment({"learning_rate": 1e38, "epochs": 2, **INNER}))


def train_on_all(made: Features, specification: TrainedExperiment) -> tuple[dict, list[np.ndarray]]:
    """Train on all folds, and return the record and the values of the network."""
    output = made.folder / "training/rgb/final"
    tables = made.segments, made.manifest, made.store
    train_final("made", "rgb", 1, specification, LENGTH, *tables, {"weights": "none"}, output)
    record = json.loads((output / "record.json").read_text())
    with h5py.File(made.store / "training" / f"{record['key']}.h5") as file:
        assert file["probabilities"].shape == (0, 3)
        return record, [values[()] for values in file["variables"].values()]


def test_a_network_for_shipping_is_trained_on_all_folds(tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    specification = experiment({"epochs": 3, "patience": 3, "batch_size": 16}, cell_dropout=0.0)
    record, network = train_on_all(made, specification)
    assert (record["kind"], record["segments"], record["videos"]) == ("final", 12 * SEGMENTS, 12)
    assert record["epochs"] == 3
    assert record["refit_epochs"] == record["best_epoch"] > 0
    segments = made.stored_segments()
    model = build_network(specification.network, LENGTH, 64)
    for variable, values in zip(model.variables, network, strict=True):
        variable.assign(values)
    asked = np.asarray(model(SegmentReader(segments, LENGTH).read(np.arange(len(segments)))))
    assert (asked.argmax(axis=1) == segments["label"].map(CLASSES.index)).mean() > 0.9
    # It is in the store, however folds are dealt out and folds' own networks stop.
    before = [path.stat().st_mtime_ns for path in made.trained]
    table = pd.read_parquet(made.segments)
    table.assign(fold=1 - table["fold"] % 2).to_parquet(made.segments, index=False)
    again, _ = train_on_all(made, experiment({"epochs": 3, "patience": 3, "batch_size": 16, **INNER}, cell_dropout=0.0))
    assert again["key"] == record["key"]
    assert [path.stat().st_mtime_ns for path in made.trained] == before
    keyed = table.assign(key="key")
    assert final_key(specification, keyed, LENGTH, 1) != final_key(specification, keyed.assign(group="g"), LENGTH, 1)


def test_a_network_for_shipping_needs_groups_to_stop_by(tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    segments = pd.read_parquet(made.segments)
    segments.loc[segments["label"] == "other", "group"] = "a garden"
    message = r"^detection.networks: all: what is trained on cannot be split .* other in 1\)"
    with pytest.raises(InputError, match=message):
        split_everything(segments, Training(), 1)
