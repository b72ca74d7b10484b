"""Accuracy by share of the training persons: numbers from made predictions, paired steps, and what is said of them."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions, write_results

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.subset import Subset
from signwild.keys.subsets import used_rows
from signwild.predictions.bootstrap import bootstrap
from signwild.predictions.metrics import per_fold
from signwild.stages.learning_curve.compare_shares import (
    CURVE_COLUMNS,
    CurveExperiment,
    CurvePoint,
    compare_shares,
    curve_lines,
    last_steps,
    read_curve,
)

VIDEOS, FOLDS, SHARES, DRAWS = 48, 2, (0.5, 0.75, 1.0), (1, 2)
PERSONS = {f"video {number:03d}": f"person {number % 24}" for number in range(VIDEOS)}

LABELS = {"rgb": "RGB", "flow": "flow"}
CURVE = [
    CurveExperiment(
        name=name,
        label=label,
        points=[
            CurvePoint(share=share, draw=draw, folder=f"training/{name}_{share}_{draw}/seed_{draw}")
            for share in SHARES
            for draw in DRAWS
        ],
    )
    for name, label in LABELS.items()
]


def answered(share_right: float, seed: int) -> pd.DataFrame:
    """Return predictions of all segments, of which about this share are right."""
    table = made_predictions(videos=VIDEOS, folds=FOLDS)
    truth = table["label"].map(CLASSES.index).to_numpy()
    is_right = np.random.default_rng(seed).random(len(table)) < share_right
    said = np.where(is_right, truth, (truth + 1) % 3)
    return table.assign(**dict(zip(PROBABILITIES, np.eye(3, dtype=np.float32)[said].T, strict=True)))


def write_run(run: Path, rights: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    """Write predictions of each experiment that are right as often as given for each share; return the segments."""
    for number, (name, own) in enumerate(rights.items()):
        for share, right in zip(SHARES, own, strict=True):
            for draw in DRAWS:
                write_results(run, f"{name}_{share}_{draw}", draw, predictions=answered(right, 7 * number + draw))
    segments = made_predictions(videos=VIDEOS, folds=FOLDS)[["video_id", "start_frame", "label", "fold"]]
    segments = segments.assign(group=segments["video_id"].map(PERSONS))
    (run / "segments").mkdir()
    segments.to_parquet(run / "segments/segments.parquet")
    return segments


def compared(run: Path) -> pd.DataFrame:
    return compare_shares(CURVE, run, run / "segments/segments.parquet", "person", run / "out", run / "out.png")


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """A run's folder, its segments and its curve: one experiment that gains, and one that does not."""
    segments = write_run(tmp_path, {"rgb": (0.5, 0.6, 0.9), "flow": (0.7, 0.7, 0.7)})
    return tmp_path, segments, compared(tmp_path)


def test_a_row_is_a_share_with_the_mean_of_its_draws_and_what_it_was_trained_on(
    made: tuple[Path, pd.DataFrame, pd.DataFrame],
) -> None:
    run, segments, table = made
    assert list(table)[: len(CURVE_COLUMNS)] == CURVE_COLUMNS
    assert table[["experiment", "share"]].to_numpy().tolist() == [[name, share] for name in LABELS for share in SHARES]
    row = table.iloc[1]
    draws = [pd.read_parquet(run / f"training/rgb_0.75_{draw}/seed_{draw}/predictions.parquet") for draw in DRAWS]
    values = [per_fold(own)["accuracy"].mean() for own in draws]
    assert row[["draw_1", "draw_2"]].tolist() == pytest.approx(values, abs=1e-6)
    assert row["accuracy"] == pytest.approx(np.mean(values), abs=1e-6)
    assert row["sd_draws"] == pytest.approx(np.std(values, ddof=1), abs=1e-6)
    sizes = []
    for fold in range(FOLDS):
        for draw in DRAWS:
            rows = used_rows(segments, fold, [1 - fold], Subset(share=0.75, draw=draw)) & (segments["fold"] != fold)
            sizes.append((segments[rows]["group"].nunique(), rows.sum()))
    assert row[["training_groups", "training_segments"]].tolist() == np.mean(sizes, axis=0).tolist() == [9, 72]
    assert table.iloc[2][["training_groups", "training_segments"]].tolist() == [12, 96]
    assert table["chance_accuracy"].tolist() == pytest.approx([1 / 3] * 6, abs=1e-6)
    read = read_curve(run / "out.csv")
    pd.testing.assert_frame_equal(read, table, check_dtype=False, atol=1e-6)


def test_intervals_are_over_persons_and_a_step_is_paired_with_the_share_before(
    made: tuple[Path, pd.DataFrame, pd.DataFrame],
) -> None:
    run, _, table = made
    assert table["step"].isna().tolist() == [True, False, False] * 2
    assert (table["low"] < table["accuracy"]).all()
    assert (table["accuracy"] < table["high"]).all()
    rows = {
        share: [pd.read_parquet(run / f"training/rgb_{share}_{draw}/seed_{draw}/predictions.parquet") for draw in DRAWS]
        for share in ("0.75", "1.0")
    }
    of_persons = {
        share: [own.assign(video_id=own["video_id"].map(PERSONS)) for own in tables] for share, tables in rows.items()
    }
    wanted = bootstrap(of_persons, "segment", {"1.0": "0.75"}).loc[("1.0", "accuracy")]
    last = table.iloc[2]
    for column, name in {"low": "low", "high": "high", "step": "versus", "step_low": "versus_low"}.items():
        assert last[column] == pytest.approx(wanted[name], abs=1e-6)
    of_videos = bootstrap(rows, "segment").loc[[("0.75", "accuracy"), ("1.0", "accuracy")], ["low", "high"]]
    assert not np.allclose(table.loc[[1, 2], ["low", "high"]], of_videos, atol=1e-6)
    # The same persons answer both shares alike here, so a pair knows more than two intervals.
    apart = table.iloc[2]["high"] - table.iloc[1]["low"] - (table.iloc[2]["low"] - table.iloc[1]["high"])
    assert last["step_high"] - last["step_low"] < 0.8 * apart


def test_a_sentence_says_what_the_last_step_brought(made: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    run, _, table = made
    gained, same = last_steps(table, "person")
    assert gained.startswith("RGB: from 75% to 100% of the training persons (9.0 to 12.0) accuracy went from ")
    assert gained.endswith(" in single draws: more persons still helped.")
    assert same.endswith("in points +0.0 [+0.0, +0.0], +0.0 to +0.0 in single draws: a difference that may be chance.")
    draws = table.assign(draw_1=[0.9, 0.8, 0.7] * 2, draw_2=[0.9, 0.8, 0.81] * 2)
    worse = last_steps(draws.assign(step=-0.1, step_low=-0.2, step_high=-0.05), "source")[0]
    assert worse.endswith(
        "in points −10.0 [−20.0, −5.0], −10.0 to +1.0 in single draws: more sources did harm on average, but not in "
        "every draw."
    )
    agreed = draws.assign(step=-0.1, step_low=-0.2, step_high=-0.05, draw_2=draws["draw_1"])
    assert last_steps(agreed, "source")[0].endswith("in single draws: more sources did harm.")
    few = table.assign(training_groups=2.0)
    assert last_steps(few, "person")[0] == (
        "RGB: there are too few persons for a curve; the last two shares have the same ones."
    )
    without = table.assign(low=np.nan, high=np.nan, step_low=np.nan, step_high=np.nan)
    assert "nan" not in str([curve_lines(without), last_steps(without, "person")])
    assert last_steps(without, "person")[0].endswith("a difference that may be chance.")
    text = (run / "out.md").read_text()
    assert gained in text
    assert "Training persons" in text
    lines = curve_lines(table)
    assert [line[0] for line in lines] == ["RGB", "", "", "flow", "", ""]
    assert lines[0][6] == "–"


def test_the_figure_has_a_line_for_each_experiment(made: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    run, _, _ = made
    picture = matplotlib.image.imread(run / "out.png")[..., :3]
    for color in ("#1f4e79", "#b8561b"):
        wanted = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        assert (np.abs(picture - wanted).max(axis=-1) < 0.02).sum() > 200


def test_a_single_draw_has_no_spread(tmp_path: Path) -> None:
    write_run(tmp_path, {"rgb": (0.5, 0.6, 0.9), "flow": (0.7, 0.7, 0.7)})
    single = [
        entry.model_copy(update={"points": [point for point in entry.points if point.draw == 1]}) for entry in CURVE
    ]
    table = compare_shares(single, tmp_path, tmp_path / "segments/segments.parquet", "person", *[tmp_path / "a"] * 2)
    assert table["sd_draws"].isna().all()
    assert [line[5] for line in curve_lines(table)] == ["–"] * 6
    assert "single draws" not in last_steps(table, "person")[0]


def test_predictions_of_other_segments_and_damaged_tables_are_clear_errors(tmp_path: Path) -> None:
    segments = write_run(tmp_path, {"rgb": (0.5, 0.6, 0.9), "flow": (0.7, 0.7, 0.7)})
    segments.iloc[1:].to_parquet(tmp_path / "segments/segments.parquet")
    with pytest.raises(InputError, match=r"rgb_0\.5_1/seed_1/predictions\.parquet: has predictions of other segments"):
        compared(tmp_path)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read as a learning curve"):
        read_curve(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_text("experiment,share\nrgb,0.5\n")
    with pytest.raises(InputError, match=r"bad\.csv: cannot be read as a learning curve"):
        read_curve(tmp_path / "bad.csv")
