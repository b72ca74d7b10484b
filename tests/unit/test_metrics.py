"""Metrics against numbers worked out by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions

from signwild.errors import InputError
from signwild.metrics import chance, confusion, evaluate, per_fold
from signwild.records import read_predictions, read_record
from signwild.vocabulary import PROBABILITIES


def predictions_of(*rows: tuple) -> pd.DataFrame:
    """Rows of (fold, video, label, probabilities in the order signing, speaking, other)."""
    return pd.DataFrame(
        [(fold, video, k, label, *shares) for k, (fold, video, label, shares) in enumerate(rows)],
        columns=["fold", "video_id", "start_frame", "label", *PROBABILITIES],
    )


BY_HAND = predictions_of(
    (0, "a", "signing", (0.7, 0.2, 0.1)),
    (0, "a", "signing", (0.3, 0.6, 0.1)),
    (1, "b", "speaking", (0.1, 0.8, 0.1)),
    (1, "c", "other", (0.5, 0.1, 0.4)),
)


def test_evaluate_agrees_with_hand_computation():
    found = evaluate(BY_HAND)
    assert found["loss"] == pytest.approx(-np.log([0.7, 0.3, 0.8, 0.4]).mean(), abs=1e-6)
    assert found["accuracy"] == 0.5
    # signing 1 of 2, speaking 1 of 2, other never predicted: 0
    assert found["precision_macro"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert found["f1_signing"] == pytest.approx(0.5)
    assert (found["n_segments"], found["n_videos"]) == (4, 3)


def test_confusion_has_truth_in_rows_and_the_classes_in_their_order():
    counts = confusion(BY_HAND)
    assert counts.to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert list(counts.index) == list(counts.columns) == ["signing", "speaking", "other"]
    assert (counts.index.name, counts.columns.name) == ("truth", "prediction")


def test_certain_mistake_costs_the_logarithm_of_float32_epsilon():
    certain = predictions_of((0, "a", "signing", (0.0, 1.0, 0.0)))
    assert evaluate(certain)["loss"] == pytest.approx(-math.log(np.finfo(np.float32).eps), rel=1e-5)


def test_fold_without_a_class_is_evaluated():
    folds = per_fold(BY_HAND)
    assert folds["fold"].tolist() == [0, 1]
    assert folds["accuracy"].tolist() == [0.5, 0.5]
    assert folds["loss"][0] == pytest.approx(-np.log([0.7, 0.3]).mean(), abs=1e-6)
    assert folds["n_videos"].tolist() == [1, 2]


def test_chance_is_the_commonest_class_and_a_uniform_guess():
    assert chance(BY_HAND) == {"accuracy": 0.5, "loss": math.log(3)}
    uniform = BY_HAND.assign(**dict.fromkeys(PROBABILITIES, 1 / 3))
    assert evaluate(uniform)["loss"] == pytest.approx(math.log(3), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop(columns="p_other"), "no column p_other"),
        (lambda table: table.head(0), "no rows"),
        (lambda table: table.assign(label="Signing"), "none of signing, speaking, other"),
        (lambda table: table.assign(p_signing=float("nan")), "no probabilities"),
        (lambda table: table.assign(p_signing=2.0), "no probabilities"),
        (lambda table: pd.concat([table, table.head(1)]), "two rows for one segment"),
    ],
)
def test_unusable_predictions_name_the_file_and_the_reason(tmp_path, change, said):
    path = tmp_path / "predictions.parquet"
    change(made_predictions()).to_parquet(path)
    with pytest.raises(InputError, match=rf"predictions.parquet.*{said}"):
        read_predictions(path)


def test_missing_or_damaged_files_are_bad_input(tmp_path):
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=r"damaged.parquet: cannot be read"):
        read_predictions(damaged)
    with pytest.raises(InputError, match="there is no such file"):
        read_predictions(tmp_path / "none.parquet")
    record = tmp_path / "record.json"
    record.write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        read_record(record)
    record.write_text(json.dumps({"run": "demo", "experiment": "rgb"}))
    with pytest.raises(InputError, match="has no seed, kind"):
        read_record(record)
