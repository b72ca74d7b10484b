"""Accuracy of each person while held out, for several experiments, and how much persons differ."""

from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.base.table_forms import markdown_table
from signwild.base.words import counted, listed, percent
from signwild.cli.program import run_function
from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.segments import GroupBy
from signwild.predictions.bootstrap import RESAMPLES, SEED, described
from signwild.predictions.metrics import codes
from signwild.predictions.records import read_predictions
from signwild.stages.dataset.groups import folds_note
from signwild.stages.signers.signer_figure import draw_signers

SIGNER_COLUMNS = [
    *("experiment", "label", "group", "classes", "fold", "segments", "videos"),
    *("accuracy", "low", "high"),
]
"""Columns of the CSV file, a row for each experiment and group."""

DIGITS = 6
NORMAL = 1.959964
"""Quantile of the normal distribution for a two-sided interval of 95%."""

LOW_SHARE = 0.1
"""The percentile of persons that is given beside the minimum, as a share."""

SPREAD_TITLES = ["Experiment", "Whose", "Number", "Mean [95%] (%)", "SD", "10th percentile (%)", "Minimum (%)"]


class ComparedExperiment(Parameters):
    """An experiment of segments: its name, its label, and the folder below the run's with seed_1, seed_2, ... in it."""

    name: str
    label: str
    folder: str


def compare_signers(
    compared: list[ComparedExperiment],
    run_folder: Path,
    seeds: list[int],
    segments_file: Path,
    group_by: GroupBy,
    output_stem: Path,
    figure: Path,
) -> pd.DataFrame:
    """Write the accuracy of each group of folds (a person, or a source) as .csv, their spread as .md, and draw them.

    Returns the CSV file's rows. ``run_folder``: the run's folder. ``segments_file``: segments with their groups.
    Raises InputError if predictions are not of these segments.
    """
    groups = pd.read_parquet(segments_file)[["video_id", "start_frame", "group"]]
    parts = [
        signer_accuracies(_with_groups(run_folder / entry.folder, seeds, groups)).assign(
            experiment=entry.name, label=entry.label
        )
        for entry in compared
    ]
    table = pd.concat(parts, ignore_index=True)[SIGNER_COLUMNS].round(DIGITS)
    write_text(f"{output_stem}.csv", table.to_csv(index=False, float_format=f"%.{DIGITS}f", lineterminator="\n"))
    shown = pd.DataFrame(
        spread_lines(table, group_by), columns=pd.MultiIndex.from_tuples([("", title) for title in SPREAD_TITLES])
    )
    write_text(f"{output_stem}.md", markdown_table(shown, signer_caption(group_by), signer_notes(table, group_by)))
    draw_signers(table, group_by, figure)
    return table


def signer_accuracies(predictions: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the accuracy of each group: group, classes, fold, segments, videos, accuracy, low and high, by group.

    ``predictions``: of each seed, with group; a group's accuracy is the mean over seeds of the share of its segments
    whose most probable class is the label. ``low``, ``high``: Wilson's 95% interval (1927) of that share, as if
    segments were independent.
    """
    seeds = []
    for table in predictions:
        truth, _, predicted = codes(table)
        seeds.append(table.assign(right=truth == predicted).groupby("group")["right"].mean())
    rows = (
        predictions[0]
        .groupby("group")
        .agg(
            classes=("label", lambda labels: ", ".join(name for name in CLASSES if name in set(labels))),
            fold=("fold", "first"),
            segments=("label", "size"),
            videos=("video_id", "nunique"),
        )
    )
    rows["accuracy"] = sum(seeds) / len(seeds)
    rows["low"], rows["high"] = _wilson(rows["accuracy"], rows["segments"])
    return rows.sort_index().reset_index()


def signer_spread(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much groups differ: experiment, label, who, groups, mean, mean_low, mean_high, sd, p10, minimum.

    ``table``: the rows of the CSV file. ``who``: "all", or "signing" for groups with segments of signing. Every group
    counts once. ``sd``: sample standard deviation. ``mean_low``, ``mean_high``: 95% percentile interval of the mean
    over resamples of the groups; missing for a single group.
    """
    rows = []
    for experiment, own in table.groupby("experiment", sort=False):
        signing = own["classes"].str.split(", ").map(lambda names: "signing" in names)
        for who, some in (("all", own), ("signing", own[signing])):
            values = some["accuracy"].to_numpy()
            if len(values):
                mean = described(_resampled_means(values), "mean")
                spread = {"sd": some["accuracy"].std(), "p10": np.quantile(values, LOW_SHARE), "minimum": values.min()}
                shared = {"experiment": experiment, "label": own["label"].iloc[0], "who": who, "groups": len(values)}
                rows.append(shared | mean | spread)
    return pd.DataFrame(rows)


def spread_lines(table: pd.DataFrame, group_by: GroupBy) -> list[list[str]]:
    """Return the spread as text, a line for each experiment and kind of group, under ``SPREAD_TITLES``."""
    whose = {"all": f"all {group_by}s", "signing": f"{group_by}s with signing"}
    return [
        [
            *(row.label if row.who == "all" else "", whose[row.who], f"{row.groups:,}"),
            f"{_number(row.mean)} [{_number(row.mean_low)}, {_number(row.mean_high)}]",
            *(_number(value) for value in (row.sd, row.p10, row.minimum)),
        ]
        for row in signer_spread(table).itertuples()
    ]


def signer_caption(group_by: GroupBy) -> str:
    """Return the caption of the table of the spread."""
    return f"Accuracy of single {group_by}s, none of whose videos was trained on"


def signer_notes(table: pd.DataFrame, group_by: GroupBy) -> list[str]:
    """Return the notes below the spread, each a sentence or two. ``table``: the rows of the CSV file."""
    first = table[table["experiment"] == table["experiment"].iloc[0]]
    lowest = [f"{own['label'].iloc[0]}: {listed(_named(own))}" for _, own in table.groupby("experiment", sort=False)]
    fewest = counted(int(first["segments"].median()), "segment")
    return [
        f"Every {group_by} counts once, whatever the number of segments, so a mean differs from the accuracy over "
        f"segments. Half of them have at most {fewest}; what chance does to so few is part of the standard deviation "
        "(SD, in percentage points), of the 10th percentile and of the minimum.",
        f"In brackets: 95% percentile interval of {RESAMPLES:,} resamples of the {group_by}s, with the trained "
        f"networks unchanged: what other {group_by}s of the same kind would change.",
        folds_note(group_by),
        f"Lowest: {'; '.join(lowest)}.",
        f"The CSV file and the figure give each {group_by} Wilson's 95% interval of its segments, as if these were "
        "independent; those of one video are alike, so it is too narrow.",
    ]


def read_signers(path: Path) -> pd.DataFrame:
    """Read the CSV file; raises InputError if it is missing or has another form."""
    try:
        return pd.read_csv(path, dtype={"label": str, "group": str, "classes": str}, keep_default_na=False)[
            SIGNER_COLUMNS
        ]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read as a table of persons ({error}); start the workflow again") from None


def _with_groups(folder: Path, seeds: list[int], groups: pd.DataFrame) -> list[pd.DataFrame]:
    found = []
    for seed in seeds:
        path = folder / f"seed_{seed}/predictions.parquet"
        predictions = read_predictions(path)
        merged = predictions.merge(groups, on=["video_id", "start_frame"])
        if len(merged) != len(predictions):
            raise InputError(f"{path}: has predictions of other segments than the run's; delete it and start again")
        found.append(merged)
    return found


def _wilson(share: pd.Series, count: pd.Series) -> tuple[pd.Series, pd.Series]:
    centre = share + NORMAL**2 / (2 * count)
    half = NORMAL * np.sqrt(share * (1 - share) / count + NORMAL**2 / (4 * count**2))
    scale = 1 + NORMAL**2 / count
    return ((centre - half) / scale).clip(0, 1), ((centre + half) / scale).clip(0, 1)


def _resampled_means(values: np.ndarray) -> np.ndarray:
    """Return the mean of ``values`` (n,), and of resamples of them, (1 + RESAMPLES,); of a single one, the mean."""
    count = len(values)
    if count == 1:
        return values
    weights = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return np.concatenate([[values.mean()], weights @ values / count])


def _named(own: pd.DataFrame) -> list[str]:
    """Return the three groups with the lowest accuracy, as text."""
    lowest = own.sort_values(["accuracy", "segments", "group"], ascending=[True, False, True])[:3]
    return [f"{row.group} ({percent(row.accuracy)} of {row.segments})" for row in lowest.itertuples()]


def _number(share: float) -> str:
    return percent(share).removesuffix("%")


if __name__ == "__main__":
    run_function(compare_signers, lock="output_stem")
