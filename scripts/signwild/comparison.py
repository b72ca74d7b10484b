"""Tables of our results beside the paper's: numbers as CSV, text as Markdown and LaTeX."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import pandas as pd
import yaml
from pydantic import Field

from signwild.errors import InputError
from signwild.files import write_text
from signwild.metrics import by_video, chance, evaluate, per_fold
from signwild.parameters.base import Parameters
from signwild.records import read_predictions, read_record, unit_of
from signwild.table_layout import COLUMNS, columns_of, to_latex, to_markdown
from signwild.table_notes import table_notes
from signwild.vocabulary import Unit

NOT_COMPARABLE = "not comparable"
SOURCE = "source"
"""Key of a row of the paper's numbers that are not the paper's: it says in words whose they are."""


class ComparedRow(Parameters):
    """A row: an experiment, and the folder under the run's in which seed_1, seed_2, ... hold its results."""

    experiment: str
    label: str
    folder: str


class Comparison(Parameters):
    """What a table shows."""

    caption: str
    unit: Unit = Field("segment", description="whole videos are judged as signing against the rest")
    columns: Annotated[list[str], Field(min_length=1)]
    rows: Annotated[list[ComparedRow], Field(min_length=1)]
    notes: list[str] = Field([], description="sentences to stand under the table")


def read_paper_results(path: Path | str, experiments: Collection[str] | None = None) -> dict[str, dict[str, dict]]:
    """Read the paper's numbers: table -> experiment -> column -> number.

    Numbers that are not the paper's carry a ``source``, which says in words whose they are.
    Where ``experiments`` is given, the name of an experiment that is none of them is an error.
    """
    try:
        tables = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; it holds the paper's numbers") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is not YAML: {error}") from error
    if not isinstance(tables, dict) or not all(isinstance(rows, dict) for rows in tables.values()):
        raise InputError(f"{path}: is not of the form table: experiment: column: number")
    for table, rows in tables.items():
        for experiment, numbers in rows.items():
            place = f"{path}: {table}: {experiment}"
            if experiments is not None and experiment not in experiments:
                raise InputError(f"{place}: unknown experiment; known are {', '.join(sorted(experiments))}")
            if not isinstance(numbers, dict):
                raise InputError(f"{place}: name columns and their numbers, such as {{loss: 0.5037}}")
            _check_columns(place, [name for name in numbers if name != SOURCE], COLUMNS)
            for column, number in numbers.items():
                if column == SOURCE:
                    if not isinstance(number, str):
                        raise InputError(f"{place}: {SOURCE}: {number!r} is no text; say whose numbers these are")
                elif isinstance(number, bool) or not isinstance(number, int | float):
                    raise InputError(f"{place}: {column}: {number!r} is not a number")
    return tables


def read_forward_times(path: Path | str) -> dict[str, dict[str, float]]:
    """Read the measured times: stream -> motion_ms and network_ms, milliseconds per sample."""
    try:
        times = json.loads(Path(path).read_text(encoding="utf-8"))
        return {
            stream: {part: float(time[part]) for part in ("motion_ms", "network_ms")} for stream, time in times.items()
        }
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; measure the forward times first") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: every stream needs the numbers motion_ms and network_ms ({error!r})") from error


def compare(
    table_name: str,
    comparison: Comparison,
    results: Path,
    seeds: list[int],
    paper: dict[str, dict[str, dict]],
    not_comparable: list[str],
    output_stem: Path | str,
    forward_times: dict[str, dict[str, float]] | None = None,
) -> pd.DataFrame:
    """Write ``output_stem`` + .csv, .md and .tex, and return the numbers of the CSV file.

    ``results``: the run's folder, below which every row's folder stands. Ours is the mean over seeds and folds,
    beside it the sample standard deviation and the difference from the paper. ``not_comparable`` are reasons why
    no number can be held against the paper's.
    """
    _check_columns(table_name, comparison.columns, columns_of(comparison.unit))
    folders = {row.experiment: [results / row.folder / f"seed_{seed}" for seed in seeds] for row in comparison.rows}
    records = {name: [read_record(folder / "record.json") for folder in found] for name, found in folders.items()}
    _check_units(table_name, comparison, records)
    predictions = {
        name: [_read(folder / "predictions.parquet", comparison.unit) for folder in found]
        for name, found in folders.items()
    }
    _check_same_rows(table_name, comparison.unit, predictions)
    printed = {row.experiment: paper.get(table_name, {}).get(row.experiment, {}) for row in comparison.rows}
    numbers = [
        _numbers(
            row,
            comparison,
            predictions[row.experiment],
            records[row.experiment],
            printed[row.experiment],
            forward_times or {},
        )
        for row in comparison.rows
    ]
    table = pd.DataFrame(numbers)
    whole = [name for name in table if name.startswith("parameters_")]
    table = table.astype(dict.fromkeys(whole, "Int64"))
    sources = table["experiment"].map(lambda name: printed[name].get(SOURCE, ""))
    if sources.any():
        table[SOURCE] = sources
    foreign = sources.astype(bool) | bool(not_comparable)
    table["verdict"] = _verdicts(table, comparison.columns).mask(foreign, NOT_COMPARABLE)
    notes = table_notes(
        table,
        comparison.columns,
        comparison.unit,
        chance(predictions[comparison.rows[0].experiment][0], comparison.unit),
        not_comparable,
        {row.label: records[row.experiment] for row in comparison.rows},
    )
    notes += comparison.notes
    shown = table, comparison.columns, comparison.caption, notes
    write_text(f"{output_stem}.csv", table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
    write_text(f"{output_stem}.md", to_markdown(*shown))
    write_text(f"{output_stem}.tex", to_latex(*shown, label=f"tab:{table_name}"))
    return table


def _check_columns(place: str, columns: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise InputError(f"{place}: unknown column {unknown[0]!r}; columns are {', '.join(known)}")


def _check_units(table_name: str, comparison: Comparison, records: dict[str, list[dict]]) -> None:
    """Predictions of whole videos cannot be brought to segments."""
    for experiment, seeds in records.items():
        if comparison.unit == "segment" and unit_of(seeds[0]) == "video":
            raise InputError(
                f"{table_name}: {experiment} predicts whole videos; give the table `unit: video`, "
                "or the experiment `unit: segment`"
            )


def _read(path: Path, unit: Unit) -> pd.DataFrame:
    """Predictions in the table's unit."""
    predictions = read_predictions(path)
    try:
        return by_video(predictions) if unit == "video" else predictions
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _check_same_rows(table_name: str, unit: Unit, predictions: dict[str, list[pd.DataFrame]]) -> None:
    """Experiments can be held side by side only if they predict the same segments or videos, in the same folds."""
    identity = ["video_id", "start_frame"] if unit == "segment" else ["video_id"]
    first = first_rows = None
    for experiment, seeds in predictions.items():
        for table in seeds:
            rows = table[[*identity, "label", "fold"]].sort_values(identity, ignore_index=True)
            if first_rows is None:
                first, first_rows = experiment, rows
            elif not rows.equals(first_rows):
                raise InputError(
                    f"{table_name}: {first} and {experiment} rest on different {unit}s or folds "
                    f"({len(first_rows)} and {len(rows)} {unit}s); run both on the same {unit}s"
                )


def _numbers(
    row: ComparedRow,
    comparison: Comparison,
    seeds: list[pd.DataFrame],
    records: list[dict],
    paper: dict[str, float],
    forward_times: dict[str, dict[str, float]],
) -> dict:
    """One row of the CSV file; whatever is not known is missing."""
    folds = pd.concat([per_fold(predictions, comparison.unit) for predictions in seeds])
    numbers: dict = {"experiment": row.experiment, "label": row.label}
    for name in comparison.columns:
        missing = pd.NA if name == "parameters" else float("nan")
        metric = COLUMNS[name].metric
        if metric:
            ours = {"ours": folds[metric].mean(), "sd": folds[metric].std()}
        elif name == "parameters":
            ours = {"ours": _parameters(row.experiment, records)}
        else:
            time = forward_times.get(records[0]["parameters"].get("stream"), {})
            motion, network = time.get("motion_ms", missing), time.get("network_ms", missing)
            ours = {"ours": motion + network, "motion": motion, "network": network}
        numbers[f"{name}_paper"] = paper.get(name, missing)
        numbers |= {f"{name}_{part}": value for part, value in ours.items()}
        numbers[f"{name}_difference"] = ours["ours"] - numbers[f"{name}_paper"]
    counts = {name: n for name, n in evaluate(seeds[0], comparison.unit).items() if name.startswith("n_")}
    guess = chance(seeds[0], comparison.unit)["accuracy"]
    return numbers | {"n_values": len(folds), **counts, "chance_accuracy": guess}


def _parameters(experiment: str, records: list[dict]) -> int:
    """Number of trainable weights; missing where no network is trained."""
    if records[0]["kind"] != "training":
        return pd.NA
    counts = {record.get("trainable_parameters") for record in records}
    if len(counts) > 1 or None in counts:
        raise InputError(f"{experiment}: its run records give trainable_parameters as {counts}; train it again")
    return counts.pop()


def _verdicts(table: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The signed differences stand for themselves; a row that has none has no verdict."""
    compared = table[[f"{column}_difference" for column in columns]].notna().any(axis=1)
    return compared.map({True: "comparable", False: ""})
