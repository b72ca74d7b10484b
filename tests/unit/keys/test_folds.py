"""Keys of trainings: by the schedule of rates and batches, on every fold or on two."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_features import Features, experiment

from signwild.keys.folds import splits
from signwild.predictions.metrics import evaluate

SPECIFICATION = experiment()


def test_the_schedule_of_the_paper_is_followed(tmp_path: Path) -> None:
    made = Features(tmp_path).make(skill=0, identity=3)
    schedule = {"learning_rate_factor": 0.5, "reductions": 1, "batch_factor": 4}
    specification = experiment({"epochs": 40, "patience": 1, "schedule": schedule})
    output = made.train(specification)
    history = pd.read_csv(output / "history.csv", keep_default_na=False)
    assert {"reduce", "grow"} <= set(history["transition"])
    segments = pd.read_parquet(made.segments)
    for fold, own in history.groupby("fold"):
        trained = int((segments["fold"] != fold).sum())
        steps = own[["learning_rate", "batch_size"]].to_numpy()
        assert own["transition"].iloc[-1] in ("stop", "limit")
        for (before, after), follows in zip(pairwise(steps), own["transition"], strict=False):
            if follows == "reduce":
                assert after.tolist() == [pytest.approx(before[0] / 2), before[1]]
            elif follows == "grow":
                assert after[1] == min(4 * before[1], trained)
                assert after[0] >= before[0]
            else:
                assert after.tolist() == before.tolist()
        predictions = pd.read_parquet(output / "predictions.parquet")
        predictions = predictions[predictions["fold"] == own["fold"].iloc[0]]
        assert evaluate(predictions)["loss"] == pytest.approx(own["val_loss"].min(), abs=1e-6)
        assert evaluate(predictions)["accuracy"] == own.loc[own["val_loss"].idxmin(), "val_accuracy"]


def test_the_rate_decays_with_the_optimisers_steps(tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    rows = {}
    for decay in (0.0, 1e9):
        specification = experiment({"epochs": 2, "learning_rate_decay": decay})
        rows[decay] = pd.read_csv(made.train(specification, name=f"decay_{decay:.0f}") / "history.csv")
    # All but the very first step are too small to move anything.
    losses = rows[1e9].pivot(index="fold", columns="epoch", values="val_loss")
    assert np.allclose(losses[1], losses[2], atol=0.05)
    assert (rows[0.0].groupby("fold")["val_loss"].last() < losses[2] - 0.05).all()


def test_a_step_starts_from_the_best_state(tmp_path: Path) -> None:
    made = Features(tmp_path).make(skill=0.3, identity=1)
    # A rate that spoils the network, then one at which nothing moves: losses come back to what they were at best.
    harsh = {"learning_rate": 0.3, "patience": 3, "epochs": 30, "batch_size": 64}
    still = {"learning_rate_factor": 1e-9, "reductions": 1, "batch_factor": 2}
    history = pd.read_csv(
        made.train(experiment({**harsh, "schedule": still}, batch_normalisation=False)) / "history.csv"
    )
    for _, own in history.groupby("fold"):
        first = own[own["transition"] == "reduce"]["epoch"].iloc[0]
        before, after = own[own["epoch"] <= first], own[own["epoch"] == first + 1]
        assert before["val_loss"].iloc[-1] > before["val_loss"].min() + 0.01
        assert after["val_loss"].iloc[0] == pytest.approx(before["val_loss"].min(), abs=1e-3)


def test_two_folds_train_on_the_first_and_ask_about_the_second(copy: Features) -> None:
    known = len(copy.trained)
    output = copy.train(SPECIFICATION.model_copy(update={"protocol": "two_folds"}), name="two")
    record = json.loads((output / "record.json").read_text())
    predictions, segments = pd.read_parquet(output / "predictions.parquet"), pd.read_parquet(copy.segments)
    assert [entry["fold"] for entry in record["folds"]] == [1]
    assert record["parameters"]["protocol"] == "two_folds"
    columns = ["video_id", "start_frame", "label", "fold"]
    assert predictions[columns].equals(segments.query("fold == 1")[columns].reset_index(drop=True))
    # Trained on one fold, it is another network than the one that is trained on two.
    assert len(copy.trained) == known + 1
    assert record["key"] != json.loads((copy.folder / "training/rgb/record.json").read_text())["key"]
    whole = pd.read_parquet(copy.folder / "training/rgb/predictions.parquet").query("fold == 1")
    assert not np.allclose(whole["p_signing"], predictions["p_signing"])


def test_a_fold_that_takes_no_part_changes_nothing(copy: Features) -> None:
    two_folds = SPECIFICATION.model_copy(update={"protocol": "two_folds"})
    before = (copy.train(two_folds, name="two") / "predictions.parquet").read_bytes()
    known = copy.trained
    segments = pd.read_parquet(copy.segments)
    segments[segments["fold"] < 2].to_parquet(copy.segments, index=False)
    shutil.rmtree(copy.folder / "training/two")
    assert (copy.train(two_folds, name="two") / "predictions.parquet").read_bytes() == before
    assert copy.trained == known


def test_splits() -> None:
    assert splits([2, 0, 1, 1], "cross_validation") == [(0, [1, 2]), (1, [0, 2]), (2, [0, 1])]
    assert splits([2, 0, 1, 1], "two_folds") == [(1, [0])]
