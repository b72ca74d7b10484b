"""Learning curve: the accuracy of experiments that were trained on rising shares of the training persons."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.base.table_forms import markdown_table
from signwild.base.words import DASH, number, percent
from signwild.cli.program import run_function
from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.experiments.subset import Subset
from signwild.configuration.sections.segments import GroupBy
from signwild.keys.folds import splits
from signwild.keys.subsets import LEAST, used_rows
from signwild.predictions.bootstrap import RESAMPLES, bootstrap
from signwild.predictions.metrics import chance, per_fold
from signwild.predictions.records import read_predictions
from signwild.stages.dataset.groups import folds_note
from signwild.stages.learning_curve.curve_figure import draw_curve

CURVE_COLUMNS = [
    *("experiment", "label", "share", "training_groups", "training_segments"),
    *("accuracy", "low", "high", "sd_draws", "step", "step_low", "step_high", "chance_accuracy"),
]
"""Columns of the CSV file, a row for each experiment and share; ``draw_1``, ``draw_2``, ... follow them."""

DIGITS = 6


class CurvePoint(Parameters):
    """Results of an experiment on a share of the training groups; ``folder``: below the run's, of a single seed."""

    share: float
    draw: int
    folder: str


class CurveExperiment(Parameters):
    """An experiment of the curve: its name, its label, and its points, by rising share and draw."""

    name: str
    label: str
    points: list[CurvePoint]


def compare_shares(
    curve: list[CurveExperiment],
    run_folder: Path,
    segments_file: Path,
    group_by: GroupBy,
    output_stem: Path,
    figure: Path,
) -> pd.DataFrame:
    """Write the accuracy at each share of the training groups (persons, or sources) as .csv and .md, and draw it.

    Returns the CSV file's rows. ``run_folder``: the run's folder. ``segments_file``: segments with their groups and
    folds. Raises InputError if predictions are not of these segments.
    """
    segments = pd.read_parquet(segments_file)
    rows = [row for entry in curve for row in _share_rows(entry, run_folder, segments)]
    draws = [f"draw_{draw}" for draw in sorted({point.draw for entry in curve for point in entry.points})]
    table = pd.DataFrame(rows)[[*CURVE_COLUMNS, *draws]].round(DIGITS)
    write_text(f"{output_stem}.csv", table.to_csv(index=False, float_format=f"%.{DIGITS}f", lineterminator="\n"))
    titles = pd.MultiIndex.from_tuples([("", title) for title in curve_titles(group_by)])
    shown = pd.DataFrame(curve_lines(table), columns=titles)
    notes = [*last_steps(table, group_by), *curve_notes(table, group_by)]
    write_text(f"{output_stem}.md", markdown_table(shown, curve_caption(group_by), notes))
    draw_curve(table, group_by, figure)
    return table


def _share_rows(entry: CurveExperiment, run_folder: Path, segments: pd.DataFrame) -> list[dict]:
    """Return the rows of one experiment, one for each share."""
    shares = sorted({point.share for point in entry.points})
    points = {share: [point for point in entry.points if point.share == share] for share in shares}
    predictions = {
        share: [_with_groups(run_folder / point.folder / "predictions.parquet", segments) for point in own]
        for share, own in points.items()
    }
    before = {f"{share:g}": f"{last:g}" for last, share in pairwise(shares)}
    # Groups take the place of videos: what is resampled is the persons of each fold.
    resampled = {
        f"{share:g}": [own.assign(video_id=own["group"]) for own in tables] for share, tables in predictions.items()
    }
    found = bootstrap(resampled, "segment", before)
    rows = []
    for share, tables in predictions.items():
        of_draws = [float(per_fold(own)["accuracy"].mean()) for own in tables]
        numbers = found.loc[(f"{share:g}", "accuracy")]
        groups, count = _training_sizes(segments, points[share])
        rows.append(
            {
                "experiment": entry.name,
                "label": entry.label,
                "share": share,
                "training_groups": groups,
                "training_segments": count,
                "accuracy": numbers["value"],
                **{end: numbers[end] for end in ("low", "high")},
                "sd_draws": pd.Series(of_draws).std(),
                **{f"step{part}": numbers[f"versus{part}"] for part in ("", "_low", "_high")},
                "chance_accuracy": chance(tables[0])["accuracy"],
                **{f"draw_{point.draw}": value for point, value in zip(points[share], of_draws, strict=True)},
            }
        )
    return rows


def _with_groups(path: Path, segments: pd.DataFrame) -> pd.DataFrame:
    """Return predictions with the group of each segment."""
    predictions = read_predictions(path)
    merged = predictions.merge(segments[["video_id", "start_frame", "fold", "group"]])
    if not len(merged) == len(predictions) == len(segments):
        raise InputError(f"{path}: has predictions of other segments than the run's; delete it and start again")
    return merged


def _training_sizes(segments: pd.DataFrame, points: list[CurvePoint]) -> tuple[float, float]:
    """Return the numbers of groups and segments that a network is trained on, means over folds and draws."""
    sizes = []
    for point in points:
        subset = Subset(share=point.share, draw=point.draw) if point.share < 1 else None
        for fold, training in splits(segments["fold"], "cross_validation"):
            used = segments[used_rows(segments, fold, training, subset) & (segments["fold"] != fold)]
            sizes.append((used["group"].nunique(), len(used)))
    groups, count = np.mean(sizes, axis=0)
    return float(groups), float(count)


def curve_titles(group_by: GroupBy) -> list[str]:
    """Return the titles of ``curve_lines``."""
    persons = f"Training {group_by}s"
    return ["Experiment", "Share", persons, "Segments", "Accuracy [95%] (%)", "SD of draws", "Step [95%] (points)"]


def curve_lines(table: pd.DataFrame) -> list[list[str]]:
    """Return the curve as text, a line for each experiment and share."""
    is_first = ~table["experiment"].duplicated()
    return [
        [
            *(row.label if first else "", percent(row.share, 0)),
            *(number(row.training_groups, 1), number(row.training_segments, 0)),
            _share(row.accuracy) + (f" [{_share(row.low)}, {_share(row.high)}]" if pd.notna(row.low) else ""),
            _share(row.sd_draws),
            DASH if pd.isna(row.step) else _difference(row),
        ]
        for row, first in zip(table.itertuples(), is_first, strict=True)
    ]


def curve_caption(group_by: GroupBy) -> str:
    """Return the caption of the table."""
    return f"Accuracy with more {group_by}s to train on"


def last_steps(table: pd.DataFrame, group_by: GroupBy) -> list[str]:
    """Return a sentence for each experiment: what the last step of the curve brought, on average and in its draws."""
    sentences, draws = [], _draws(table)
    for _, own in table.groupby("experiment", sort=False):
        first, last = own.iloc[-2], own.iloc[-1]
        if first["training_groups"] == last["training_groups"]:
            sentences.append(
                f"{last['label']}: there are too few {group_by}s for a curve; the last two shares have the same ones."
            )
            continue
        steps = (last[draws] - first[draws]).astype(float)
        if np.isnan(last["step_low"]) or last["step_low"] <= 0 <= last["step_high"]:
            verdict = "a difference that may be chance"
        else:
            is_in_all = (np.sign(steps) == np.sign(last["step"])).all()
            verdict = f"more {group_by}s {'still helped' if last['step'] > 0 else 'did harm'}"
            verdict += "" if is_in_all else " on average, but not in every draw"
        between = f", {_points(steps.min())} to {_points(steps.max())} in single draws" if len(draws) > 1 else ""
        sentences.append(
            f"{last['label']}: from {percent(first['share'], 0)} to {percent(last['share'], 0)} of the training "
            f"{group_by}s ({number(first['training_groups'], 1)} to {number(last['training_groups'], 1)}) accuracy "
            f"went from {percent(first['accuracy'])} to {percent(last['accuracy'])}, in points {_difference(last)}"
            f"{between}: {verdict}."
        )
    return sentences


def curve_notes(table: pd.DataFrame, group_by: GroupBy) -> list[str]:
    """Return the notes below the table, each a sentence or two."""
    draws = len(_draws(table))
    return [
        f"Each fold is held out once, whole, for every share; the {group_by}s of the other folds are taken in "
        f"{number(draws)} random orders (draws), so a larger share has the {group_by}s of the smaller ones. Every "
        f"share has at least {LEAST} {group_by}s of each class, or all that there are. The numbers of {group_by}s and "
        "segments are means over folds and draws.",
        f"Each draw is trained with one seed, so the standard deviation of the draws (SD, in percentage points) is of "
        f"{group_by}s and seed; with everything to train on, it is of the seeds alone.",
        f"In brackets: 95% percentile interval of {RESAMPLES:,} resamples of the held-out {group_by}s in their folds, "
        f"with the trained networks unchanged, so it leaves out what other training {group_by}s or seeds would change: "
        "for that, see the draws. A step is the difference from the share above, with the same resamples.",
        folds_note(group_by),
        f"Always predicting the most frequent class gives {percent(table['chance_accuracy'].iloc[0])}.",
    ]


def read_curve(path: Path) -> pd.DataFrame:
    """Read the CSV file; raises InputError if it is missing or has another form."""
    try:
        table = pd.read_csv(path, dtype={"label": str})
        table[CURVE_COLUMNS]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as a learning curve ({error}); start the workflow again") from None
    return table


def _share(value: float) -> str:
    return percent(value).removesuffix("%")


def _draws(table: pd.DataFrame) -> list[str]:
    return [name for name in table if name.startswith("draw_")]


def _difference(row: pd.Series) -> str:
    interval = "" if np.isnan(row.step_low) else f" [{_points(row.step_low)}, {_points(row.step_high)}]"
    return f"{_points(row.step)}{interval}"


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")


if __name__ == "__main__":
    run_function(compare_shares, lock="output_stem")
