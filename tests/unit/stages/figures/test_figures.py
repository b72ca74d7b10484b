"""Figures are drawn from the numbers, and the same numbers give the same bytes."""

import subprocess

import matplotlib.colors
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from made_results import made_history, made_predictions, made_video_predictions, with_refit, write_results
from places import rule_program

from signwild.base.errors import InputError
from signwild.predictions.records import read_history
from signwild.stages.figures.draw_figures import ANEW, draw_confusion, draw_reliability, draw_training_curves

PROGRAM = rule_program("figures.draw_figures")


def test_confusion_is_a_picture_of_repeatable_bytes_that_follows_the_predictions(tmp_path):
    for name, skill in [("one", 1), ("again", 1), ("better", 9)]:
        draw_confusion(made_predictions(skill=skill), "rgb", tmp_path / f"{name}.png")
    one = (tmp_path / "one.png").read_bytes()
    assert one == (tmp_path / "again.png").read_bytes()
    assert one != (tmp_path / "better.png").read_bytes()
    assert b"Software" not in one
    height, width, _ = matplotlib.image.imread(tmp_path / "one.png").shape
    assert width > 400
    assert height > 400
    assert len(list(tmp_path.iterdir())) == 3


def test_perfect_predictions_are_dark_on_the_diagonal_only(tmp_path):
    draw_confusion(made_predictions(skill=50), "perfect", tmp_path / "perfect.png")
    picture = matplotlib.image.imread(tmp_path / "perfect.png")[..., :3]
    dark = np.abs(picture - matplotlib.colormaps["Blues"](1.0)[:3]).max(axis=2) < 0.01
    rows, columns = np.nonzero(dark[:, :450])  # without the colour bar
    assert np.corrcoef(rows, columns)[0, 1] > 0.8  # from the upper left to the lower right


def test_whole_videos_are_drawn_as_signing_and_the_rest(tmp_path):
    videos = made_video_predictions(skill=50)
    shares = {}
    for unit in ("segment", "video"):
        draw_confusion(videos, "perfect", tmp_path / f"{unit}.png", unit)
        picture = matplotlib.image.imread(tmp_path / f"{unit}.png")[..., :3]
        dark = np.abs(picture - matplotlib.colormaps["Blues"](1.0)[:3]).max(axis=2) < 0.01
        shares[unit] = dark[:, :450].sum()
    assert shares["video"] / shares["segment"] == pytest.approx((1 / 2) / (1 / 3), rel=0.05)  # the diagonal's part


def test_reliability_follows_the_predictions(tmp_path):
    for name, skill in [("one", 1), ("again", 1), ("better", 3)]:
        draw_reliability(made_predictions(videos=60, skill=skill), "rgb", tmp_path / f"{name}.png")
    one = (tmp_path / "one.png").read_bytes()
    assert one == (tmp_path / "again.png").read_bytes()
    assert one != (tmp_path / "better.png").read_bytes()


def test_class_that_never_occurs_is_a_row_of_zeros(tmp_path):
    predictions = made_predictions()
    draw_confusion(predictions[predictions["label"] != "other"], "two classes", tmp_path / "two.png")
    lower_left_cell = matplotlib.image.imread(tmp_path / "two.png")[310:400, 70:160, :3]
    as_zero = np.abs(lower_left_cell - matplotlib.colormaps["Blues"](0.0)[:3]).max(axis=2) < 0.01
    assert as_zero.mean() > 0.8


def test_curves_take_one_epoch_and_uneven_ends(tmp_path):
    for epochs in (2, 6, 6):
        draw_training_curves(made_history(epochs=epochs), "rgb", tmp_path / f"{epochs}.png")
    again = tmp_path / "again.png"
    draw_training_curves(made_history(epochs=6), "rgb", again)
    assert again.read_bytes() == (tmp_path / "6.png").read_bytes()
    assert again.read_bytes() != (tmp_path / "2.png").read_bytes()


def test_curves_mark_what_the_schedule_did(tmp_path):
    pictures = {}
    for name, transitions in {"none": {}, "end": {4: "stop"}, "both": {2: "reduce", 3: "grow"}}.items():
        path = tmp_path / f"{name}.csv"
        made_history(transitions=transitions).to_csv(path, index=False)
        draw_training_curves(read_history(path), "rgb", tmp_path / f"{name}.png")
        pictures[name] = (tmp_path / f"{name}.png").read_bytes()
    assert pictures["none"] == pictures["end"]
    assert pictures["none"] != pictures["both"]


def test_curves_show_the_training_anew_apart(tmp_path):
    with_refit(made_history()).to_csv(tmp_path / "history.csv", index=False)
    draw_training_curves(read_history(tmp_path / "history.csv"), "rgb", tmp_path / "inner.png")
    draw_training_curves(made_history(), "rgb", tmp_path / "held_out.png")
    pictures = [matplotlib.image.imread(tmp_path / f"{name}.png")[..., :3] for name in ("inner", "held_out")]
    green = matplotlib.colors.to_rgb(ANEW)
    assert [(np.abs(own - green).max(axis=2) < 0.05).any() for own in pictures] == [True, False]


def test_history_without_a_column_or_rows_is_bad_input(tmp_path):
    path = tmp_path / "history.csv"
    made_history().drop(columns="val_loss").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"history.csv: has no column val_loss"):
        read_history(path)
    made_history().head(0).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"history.csv: has no rows"):
        read_history(path)
    path.write_text("")
    with pytest.raises(InputError, match=r"history.csv: is not a table"):
        read_history(path)


def test_program_pools_the_given_seeds_and_draws_curves_of_what_was_trained(tmp_path):
    for seed in (1, 2, 3):
        write_results(tmp_path / "demo", "rgb", seed)
        write_results(tmp_path / "demo", "asked", seed, parameters={"training.epochs": 0})
    write_results(tmp_path / "demo", "rgb_flow", 1, kind="fusion")
    write_results(tmp_path / "demo", "rgb_flow", 2, kind="fusion")
    folders = [tmp_path / "demo" / name for name in ("training/rgb", "training/asked", "fusion/rgb_flow")]
    options = ["--seeds", "1", "2", "--figures", tmp_path / "figures"]
    subprocess.run([*PROGRAM, "--experiment-folders", *folders, *options], check=True)
    drawn = sorted(path.name for path in (tmp_path / "figures").iterdir())
    names = [f"{kind}_{name}" for kind in ("confusion", "reliability") for name in ("rgb", "asked", "rgb_flow")]
    assert drawn == sorted(f"{name}.png" for name in [*names, "curves_rgb"])
    pooled = pd.concat([made_predictions(seed=1), made_predictions(seed=2)])
    draw_confusion(pooled, "rgb (run demo, seeds 1, 2)", tmp_path / "expected.png")
    assert (tmp_path / "expected.png").read_bytes() == (tmp_path / "figures" / "confusion_rgb.png").read_bytes()


def test_program_draws_whole_videos_as_signing_against_the_rest(tmp_path):
    for name, parameters in [("svm", {"classifier.kind": "svm"}), ("clips", {"unit": "video"})]:
        table = made_video_predictions()
        write_results(tmp_path / "demo", name, kind="classification", predictions=table, parameters=parameters)
    folders = [tmp_path / "demo" / "classification" / name for name in ("svm", "clips")]
    options = ["--seeds", "1", "--figures", tmp_path / "figures"]
    subprocess.run([*PROGRAM, "--experiment-folders", *folders, *options], check=True)
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "confusion_clips.png",
        "confusion_svm.png",
        "reliability_svm.png",
    ]
    for name, unit in [("svm", "segment"), ("clips", "video")]:
        expected = tmp_path / f"{name}.png"
        draw_confusion(made_video_predictions(), f"{name} (run demo, seed 1)", expected, unit)
        assert expected.read_bytes() == (tmp_path / "figures" / f"confusion_{name}.png").read_bytes()
    assert (tmp_path / "svm.png").read_bytes() != (tmp_path / "clips.png").read_bytes()
