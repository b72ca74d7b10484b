"""Intervals over videos: centred on the table's numbers, wider if segments of a video are alike, and paired."""

import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions, made_video_predictions
from scipy import stats

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.predictions.bootstrap import RESAMPLES, bootstrap
from signwild.predictions.metrics import by_video, per_fold


@pytest.mark.parametrize("skill", [0.0, 1.0, 30.0])
def test_values_are_the_tables_means_over_seeds_and_folds(skill: float) -> None:
    seeds = [made_predictions(videos=20, folds=4, skill=skill, seed=seed) for seed in (1, 2, 3)]
    found = bootstrap({"rgb": seeds}, "segment").loc["rgb"]
    expected = pd.concat([per_fold(table) for table in seeds]).mean()
    for metric in found.index:
        assert found.loc[metric, "value"] == pytest.approx(expected[metric], abs=1e-6), metric
        assert found.loc[metric, "low"] <= found.loc[metric, "value"] <= found.loc[metric, "high"]
    assert set(found.index) == {"loss", "accuracy", "precision_macro", "f1_signing"}


def test_values_of_whole_videos_too() -> None:
    seeds = [by_video(made_video_predictions(skill=0.5, seed=seed)) for seed in (1, 2)]
    found = bootstrap({"rgb": seeds}, "video").loc["rgb"]
    expected = pd.concat([per_fold(table, "video") for table in seeds]).mean()
    for metric in ("accuracy", "precision_signing", "recall_signing", "f1_signing"):
        assert found.loc[metric, "value"] == pytest.approx(expected[metric]), metric


def test_one_fold_agrees_with_scipy() -> None:
    table = made_predictions(videos=60, segments=1, folds=1)
    right = table[list(PROBABILITIES)].to_numpy().argmax(axis=1) == table["label"].map(CLASSES.index)
    theirs = stats.bootstrap((right.to_numpy(float),), np.mean, n_resamples=20000, method="percentile", rng=1)
    ours = bootstrap({"rgb": [table]}, "segment").loc[("rgb", "accuracy")]
    assert (ours["low"], ours["high"]) == pytest.approx(tuple(theirs.confidence_interval), abs=0.02)


def test_segments_of_a_video_that_are_alike_do_not_narrow_the_interval() -> None:
    table = made_predictions(videos=30, segments=1, folds=2)
    copies = pd.concat([table.assign(start_frame=k) for k in range(8)], ignore_index=True)
    apart = copies.assign(video_id=copies["video_id"] + copies["start_frame"].astype(str))
    width = {}
    for name, rows in (("one", table), ("alike", copies), ("apart", apart)):
        found = bootstrap({"rgb": [rows]}, "segment").loc[("rgb", "loss")]
        width[name] = found["high"] - found["low"]
    assert width["alike"] == pytest.approx(width["one"])
    assert width["apart"] < 0.6 * width["alike"]


def test_rows_are_compared_on_the_same_videos() -> None:
    better, worse = (made_predictions(videos=40, skill=skill, seed=3) for skill in (1.2, 1.0))
    found = bootstrap({"better": [better], "worse": [worse]}, "segment", dict.fromkeys(("better", "worse"), "worse"))
    loss = found.loc[("better", "loss")]
    assert loss["versus"] == pytest.approx(loss["value"] - found.loc[("worse", "loss"), "value"])
    # By themselves the intervals overlap; the difference on the same videos is sure.
    assert loss["high"] > found.loc[("worse", "loss"), "low"]
    assert loss["versus_high"] < 0
    own = found.loc["worse"]
    assert (own[["versus", "versus_low", "versus_high"]] == 0).all(axis=None)


def test_rows_on_other_folds_of_the_same_videos_are_paired_too() -> None:
    table = made_predictions(videos=40, folds=4, seed=3)
    dealt = table.assign(fold=table["video_id"].map({f"video {number:03d}": number // 20 for number in range(40)}))
    with pytest.raises(InputError, match="dealt and first have different videos or folds"):
        bootstrap({"first": [table], "dealt": [dealt]}, "segment")
    found = bootstrap({"first": [table], "dealt": [dealt]}, "segment", {"dealt": "first"}, across_folds=True)
    # Single numbers hardly differ, as predictions are the same: folds of equal size weigh the videos alike.
    loss = found.loc[("dealt", "loss")]
    assert loss["value"] == pytest.approx(found.loc[("first", "loss"), "value"], abs=1e-6)
    assert loss["versus_high"] - loss["versus_low"] < 0.3 * (loss["high"] - loss["low"])
    alone = bootstrap({"first": [table]}, "segment").loc["first"]
    pd.testing.assert_frame_equal(found.loc["first", ["value", "low", "high"]], alone[["value", "low", "high"]])
    assert found.loc["first", "versus"].isna().all()


def test_a_fold_that_a_resample_misses_is_left_out_of_it() -> None:
    first = made_predictions(videos=12, folds=2, seed=3)
    names = sorted(set(first["video_id"]))
    lonely = first.assign(fold=(first["video_id"] == names[0]).astype(int))
    found = bootstrap({"first": [first], "lonely": [lonely]}, "segment", across_folds=True)
    assert np.isfinite(found[["value", "low", "high"]].to_numpy()).all()
    others = set(names[1:])
    short = first[first["video_id"].isin(others)]
    with pytest.raises(InputError, match="different videos"):
        bootstrap({"first": [first], "short": [short]}, "segment", across_folds=True)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    random = np.random.default_rng(5)
    for trial in range(60):
        table = made_predictions(videos=60, segments=1, folds=2, seed=100 + trial)
        right = random.random(60) < 0.7
        shares = np.where(right[:, None], np.eye(3)[table["label"].map(CLASSES.index)], np.roll(
            np.eye(3)[table["label"].map(CLASSES.index)], 1, axis=1))  # fmt: skip
        table[list(PROBABILITIES)] = shares
        found = bootstrap({"rgb": [table]}, "segment").loc[("rgb", "accuracy")]
        held += found["low"] <= 0.7 <= found["high"]
    assert 50 <= held <= 60


def test_a_fold_of_one_video_and_a_metric_that_is_not_always_defined() -> None:
    table = by_video(made_video_predictions())
    found = bootstrap({"rgb": [table]}, "video").loc[("rgb", "recall_signing")]
    assert np.isfinite([found["low"], found["high"]]).all()
    single = table[table["video_id"] == table["video_id"].iloc[1]]
    assert single["label"].tolist() != ["signing"]
    alone = bootstrap({"rgb": [single]}, "video").loc["rgb"]
    assert np.isnan(alone.loc["recall_signing", ["value", "low", "high"]].to_numpy(float)).all()
    assert alone.loc["accuracy", "value"] in (0, 1)
    assert alone.loc["accuracy", ["low", "high"]].isna().all()


def test_folds_of_one_video_each_say_nothing_about_other_videos() -> None:
    table = made_predictions(videos=12, segments=4, skill=0.5)
    kept = table.groupby("fold")["video_id"].first()
    single = table[table["video_id"].isin(kept)]
    found = bootstrap({"rgb": [single], "flow": [single]}, "segment", references={"flow": "rgb"})
    ends = [name for name in found if name.endswith(("low", "high"))]
    assert len(ends) == 4
    assert found[ends].isna().all(axis=None)
    assert found.loc[("flow", "loss"), "versus"] == 0


def test_a_resample_in_which_nobody_signs_says_nothing_about_signing() -> None:
    # Of four videos of each fold one is signing; it is missing in a third of the resamples.
    table = made_predictions(videos=12, segments=2, skill=50)
    table["fold"] = table["video_id"].rank(method="dense").astype(int) % 3
    table["label"] = np.where(table["video_id"].isin(sorted(set(table["video_id"]))[:3]), "signing", "other")
    table[list(PROBABILITIES)] = np.eye(3)[[CLASSES.index(label) for label in table["label"]]]
    found = bootstrap({"right": [table]}, "segment").loc[("right", "f1_signing")]
    assert found[["value", "low", "high"]].tolist() == [1, 1, 1]


def test_the_same_again() -> None:
    rows = {"rgb": [made_predictions()]}
    pd.testing.assert_frame_equal(bootstrap(rows, "segment"), bootstrap(rows, "segment"))
    assert RESAMPLES >= 1000
