"""Metrics, compared with numbers computed by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions, made_video_predictions

from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError
from signwild.predictions.metrics import by_video, chance, confusion, evaluate, per_fold
from signwild.predictions.records import read_predictions, read_record


def predictions_of(*rows: tuple) -> pd.DataFrame:
    """Return predictions from rows of (fold, video, label, probabilities of signing, speaking, other)."""
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


VIDEOS = predictions_of(
    (0, "a", "signing", (0.7, 0.2, 0.1)),
    (0, "a", "speaking", (0.2, 0.6, 0.2)),
    (0, "a", "signing", (0.6, 0.4, 0.0)),  # mean of signing 0.5
    (0, "b", "other", (0.8, 0.1, 0.1)),
    (0, "b", "speaking", (0.4, 0.5, 0.1)),  # as many: speaking comes first; mean of signing 0.6
    (1, "c", "signing", (0.4, 0.35, 0.25)),  # the most probable class, but below 0.5
    (1, "d", "signing", (0.9, 0.1, 0.0)),
    (1, "e", "other", (0.1, 0.1, 0.8)),
)


def test_a_video_is_the_mean_of_its_segments_and_the_class_of_most():
    videos = by_video(VIDEOS.iloc[::-1])
    assert videos["video_id"].tolist() == ["a", "b", "c", "d", "e"]
    assert videos["label"].tolist() == ["signing", "speaking", "signing", "signing", "other"]
    assert videos["fold"].tolist() == [0, 0, 1, 1, 1]
    assert videos["start_frame"].tolist() == [0, 3, 5, 6, 7]
    wanted = [[0.5, 0.4, 0.1], [0.6, 0.3, 0.1], [0.4, 0.35, 0.25], [0.9, 0.1, 0.0], [0.1, 0.1, 0.8]]
    assert videos[list(PROBABILITIES)].to_numpy() == pytest.approx(np.array(wanted))


def test_videos_of_one_row_stay_as_they_are():
    table = made_video_predictions()
    columns = ["video_id", "fold", "start_frame", "label", *PROBABILITIES]
    pd.testing.assert_frame_equal(by_video(table)[columns], table[columns], check_dtype=False, check_exact=True)


def test_video_in_two_folds_is_bad_input():
    with pytest.raises(InputError, match="video 'b' has segments in two folds"):
        by_video(VIDEOS.assign(fold=[0, 0, 0, 0, 1, 1, 1, 1]))


def test_videos_are_judged_as_signing_against_the_rest():
    videos = by_video(VIDEOS)
    # signing are a, c and d; called so at 0.5 or more are a, b and d
    assert evaluate(videos, "video") == {
        "accuracy": pytest.approx(3 / 5),
        "precision_signing": pytest.approx(2 / 3),
        "recall_signing": pytest.approx(2 / 3),
        "f1_signing": pytest.approx(2 / 3),
        "n_videos": 5,
        "n_signing": 3,
    }
    counts = confusion(videos, "video")
    assert counts.to_numpy().tolist() == [[2, 1], [1, 1]]
    assert list(counts.index) == list(counts.columns) == ["signing", "rest"]
    assert chance(videos, "video") == {"accuracy": pytest.approx(3 / 5)}
    folds = per_fold(videos, "video")
    assert folds["precision_signing"].tolist() == [0.5, 1]
    assert folds["recall_signing"].tolist() == [1, 0.5]
    assert folds["n_signing"].tolist() == [1, 2]


def test_where_nothing_is_called_signing_the_numbers_are_0():
    found = evaluate(made_video_predictions().assign(p_signing=0.49), "video")
    assert (found["precision_signing"], found["recall_signing"], found["f1_signing"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop(columns="p_other"), "no column p_other"),
        (lambda table: table.head(0), "no rows"),
        (lambda table: table.assign(label="Signing"), "other than signing, speaking, other"),
        (lambda table: table.assign(p_signing=float("nan")), "not probabilities"),
        (lambda table: table.assign(p_signing=2.0), "not probabilities"),
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


def test_a_fold_without_signing_videos_has_no_recall_and_does_not_enter_the_mean():
    videos = predictions_of((0, "a", "signing", (0.7, 0.2, 0.1)), (1, "b", "other", (0.2, 0.2, 0.6)))
    folds = per_fold(videos, "video")
    assert folds["recall_signing"].mean() == folds["f1_signing"].mean() == 1
    assert folds["recall_signing"].isna().tolist() == folds["f1_signing"].isna().tolist() == [False, True]
    assert folds["precision_signing"].tolist() == [1, 0]
