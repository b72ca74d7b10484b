"""Tables of our results beside the paper's: numbers as CSV, text as Markdown and LaTeX, and a figure."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from signwild.base.classes import Unit
from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.table import columns_of
from signwild.configuration.sections.segments import GroupBy
from signwild.predictions.bootstrap import bootstrap, folds_of
from signwild.predictions.metrics import by_video, chance, evaluate, per_fold
from signwild.predictions.records import read_predictions, read_record, unit_of
from signwild.stages.tables.comparison import Comparison
from signwild.stages.tables.forward_times import ForwardTimes, read_forward_times
from signwild.stages.tables.gains import gain_notes
from signwild.stages.tables.interval_figure import draw_intervals
from signwild.stages.tables.layout import COLUMNS, DIGITS, PROTOCOL, to_latex, to_markdown
from signwild.stages.tables.notes import table_notes
from signwild.stages.tables.paper_numbers import SOURCE, attrition, check_columns, read_paper_results
from signwild.stages.tables.split_notes import split_notes
from signwild.stages.tables.verdicts import add_verdicts


def compare_experiments(
    table_name: str,
    comparison: Comparison,
    paper: Path,
    run_folder: Path,
    seeds: list[int],
    group_by: GroupBy,
    output_stem: Path,
    figure: Path,
    not_comparable: Sequence[str] = (),
    paper_dataset: Path | None = None,
    forward_times: Path | None = None,
) -> None:
    """Write one table of our results beside the paper's, as CSV, Markdown and LaTeX, and draw it.

    ``paper``: YAML file of the paper's numbers. ``paper_dataset``: statistics of the data set, if it is the paper's, to
    decide whether enough videos are left. ``forward_times``: JSON file of times. The rest is described by ``compare``.
    """
    compare(
        table_name,
        comparison,
        run_folder,
        seeds,
        paper=read_paper_results(paper),
        group_by=group_by,
        not_comparable=[*not_comparable, *attrition(paper_dataset)],
        output_stem=output_stem,
        figure=figure,
        forward_times=read_forward_times(forward_times) if forward_times else None,
    )


def compare(
    table_name: str,
    comparison: Comparison,
    results: Path,
    seeds: list[int],
    paper: dict[str, dict[str, dict]],
    group_by: GroupBy,
    not_comparable: list[str],
    output_stem: Path | str,
    figure: Path | str,
    forward_times: ForwardTimes | None = None,
) -> pd.DataFrame:
    """Write ``output_stem`` + .csv, .md, .tex and .json, and ``figure``; return the numbers of the CSV file.

    ``results``: the run's folder, which contains every row's folder. Ours is the mean over seeds and folds, given with
    sample standard deviations (of all values; over seeds and over folds), the 95% interval over videos, the difference
    from the paper, the difference from the table's reference, and a verdict on the paper's number.
    ``group_by``: what the folds keep together. ``not_comparable``: reasons why no number can be compared with the
    paper's.
    The .json file holds what a report's page needs in addition to the numbers: table, caption, unit, columns, reference
    and notes.
    """
    check_columns(table_name, comparison.columns, columns_of(comparison.unit))
    folders = {row.experiment: [results / row.folder / f"seed_{seed}" for seed in seeds] for row in comparison.rows}
    records = {name: [read_record(folder / "record.json") for folder in found] for name, found in folders.items()}
    _check_units(table_name, comparison, records)
    predictions = {
        name: [_read(folder / "predictions.parquet", comparison.unit) for folder in found]
        for name, found in folders.items()
    }
    _check_same_rows(table_name, comparison, predictions)
    first = next(iter(predictions.values()))[0]
    printed = {row.experiment: paper.get(table_name, {}).get(row.experiment, {}) for row in comparison.rows}
    values = {name: _values(found, seeds, comparison.unit) for name, found in predictions.items()}
    measured = _measured(comparison, predictions, values)
    times = forward_times or ForwardTimes()
    counted = {
        "parameters": _parameters(records),
        "features": {row.experiment: {"ours": row.features} for row in comparison.rows if row.features},
        "forward_time_ms": _times(records, times.streams),
        "images_per_second": _speeds(comparison, times.networks),
    }
    table = _numbers(comparison, measured | counted, printed)
    table["n_values"] = table["experiment"].map({name: len(own) for name, own in values.items()})
    counts, guess = _counts(first, comparison.unit), chance(first, comparison.unit)
    table = table.assign(**counts, chance_accuracy=guess["accuracy"])
    sources = table["experiment"].map(lambda name: printed[name].get(SOURCE, ""))
    if sources.any():
        table[SOURCE] = sources
    table = add_verdicts(table, comparison.columns, sources.astype(bool) | bool(not_comparable))
    if comparison.by_video:
        table[PROTOCOL] = [row.protocol for row in comparison.rows]
    labelled = {row.label: records[row.experiment] for row in comparison.rows}
    of_table = table_notes(table, comparison.columns, comparison.unit, guess, group_by, not_comparable, labelled)
    of_splits = split_notes(_folds_by_label(comparison, predictions), group_by)
    notes = [*gain_notes(table, comparison.gain), *of_table, *of_splits, *comparison.notes]
    table = table.round(DIGITS)
    _write(table, table_name, comparison, notes, output_stem)
    draw_intervals(table, values, comparison.columns, comparison.caption, guess, figure)
    return table


def _write(
    table: pd.DataFrame, table_name: str, comparison: Comparison, notes: list[str], output_stem: Path | str
) -> None:
    """Write the files of a table."""
    shown = table, comparison.columns, comparison.caption, notes
    write_text(f"{output_stem}.csv", table.to_csv(index=False, float_format=f"%.{DIGITS}f", lineterminator="\n"))
    write_text(f"{output_stem}.md", to_markdown(*shown))
    write_text(f"{output_stem}.tex", to_latex(*shown, label=f"tab:{table_name}"))
    kept = comparison.model_dump(include={"caption", "unit", "columns", "reference"})
    about = {"table": table_name, **kept, "notes": notes}
    write_text(f"{output_stem}.json", json.dumps(about, indent=2, ensure_ascii=False) + "\n")


def _check_units(table_name: str, comparison: Comparison, records: dict[str, list[dict]]) -> None:
    """Check that a table of segments has no predictions of whole videos, which cannot be converted to segments."""
    for experiment, seeds in records.items():
        if comparison.unit == "segment" and unit_of(seeds[0]) == "video":
            raise InputError(
                f"{table_name}: {experiment} predicts whole videos; give the table `unit: video`, "
                "or the experiment `unit: segment`"
            )


def _read(path: Path, unit: Unit) -> pd.DataFrame:
    """Read predictions in the table's unit."""
    predictions = read_predictions(path)
    try:
        return by_video(predictions) if unit == "video" else predictions
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _check_same_rows(table_name: str, comparison: Comparison, predictions: dict[str, list[pd.DataFrame]]) -> None:
    """Check that all experiments predict the same segments or videos, in the same folds where their protocol is one."""
    unit = comparison.unit
    identity = ["video_id", "start_frame"] if unit == "segment" else ["video_id"]
    protocols = {row.experiment: row.protocol for row in comparison.rows}
    firsts: dict[str, tuple[str, pd.DataFrame]] = {}
    for experiment, seeds in predictions.items():
        for table in seeds:
            rows = table[[*identity, "label", "fold"]].sort_values(identity, ignore_index=True)
            first, first_rows = firsts.setdefault(protocols[experiment], (experiment, rows))
            if rows.equals(first_rows):
                first, first_rows = next(iter(firsts.values()))
                rows, first_rows = rows.drop(columns="fold"), first_rows.drop(columns="fold")
            if not rows.equals(first_rows):
                raise InputError(
                    f"{table_name}: {first} and {experiment} have different {unit}s or folds "
                    f"({len(first_rows)} and {len(rows)} {unit}s); run both on the same {unit}s"
                )


def _folds_by_label(comparison: Comparison, predictions: dict[str, list[pd.DataFrame]]) -> dict[str, dict[str, int]]:
    """Return the fold of each video, by the label of each row by video, and under "" of the first other row."""
    labelled = {row.label: row for row in comparison.by_video}
    if others := [row for row in comparison.rows if row.protocol != "by_video"]:
        labelled[""] = others[0]
    return {label: folds_of(predictions[row.experiment][0]) for label, row in labelled.items()}


def _counts(predictions: pd.DataFrame, unit: Unit) -> dict[str, int]:
    """Return how much was evaluated: the numbers of rows, videos and the like."""
    return {name: count for name, count in evaluate(predictions, unit).items() if name.startswith("n_")}


def _values(predictions: list[pd.DataFrame], seeds: list[int], unit: Unit) -> pd.DataFrame:
    """Return the metrics of every seed and fold, which index the rows."""
    by_seed = {seed: per_fold(own, unit).set_index("fold") for seed, own in zip(seeds, predictions, strict=True)}
    return pd.concat(by_seed, names=["seed"])


def _measured(
    comparison: Comparison, predictions: dict[str, list[pd.DataFrame]], values: dict[str, pd.DataFrame]
) -> dict[str, dict[str, dict]]:
    """Return the parts of every row for each column with a metric: experiment -> part -> number."""
    metrics = {name: COLUMNS[name].metric for name in comparison.columns if COLUMNS[name].metric}
    references = {name: other for name, other in comparison.references.items() if name != other}
    across = len({row.protocol for row in comparison.rows}) > 1
    found = bootstrap(predictions, comparison.unit, references, across) if metrics else pd.DataFrame()
    intervals = [part for part in found if part != "value"]
    measured: dict[str, dict[str, dict]] = {name: {} for name in metrics}
    for name, metric in metrics.items():
        for experiment, own in values.items():
            spread = own[metric]
            parts = {
                "ours": spread.mean(),
                "sd": spread.std(),
                "sd_seeds": spread.groupby("seed").mean().std(),
                "sd_folds": spread.groupby("fold").mean().std(),
            }
            if (experiment, metric) in found.index:
                parts |= found.loc[(experiment, metric), intervals]
            if experiment not in references:
                parts = {part: number for part, number in parts.items() if not part.startswith("versus")}
            measured[name][experiment] = parts
    return measured


def _times(records: dict[str, list[dict]], forward_times: dict[str, dict[str, float]]) -> dict[str, dict]:
    """Return the forward times of the rows whose stream was measured."""
    streams = {name: seeds[0]["parameters"].get("stream") for name, seeds in records.items()}
    times = {name: forward_times[stream] for name, stream in streams.items() if stream in forward_times}
    return {
        name: {"ours": sum(time.values()), "motion": time["motion_ms"], "network": time["network_ms"]}
        for name, time in times.items()
    }


def _speeds(comparison: Comparison, networks: dict[str, float]) -> dict[str, dict]:
    """Return the images per second of the networks whose layers the rows read."""
    return {row.experiment: {"ours": networks[row.layer]} for row in comparison.rows if row.layer in networks}


def _parameters(records: dict[str, list[dict]]) -> dict[str, dict]:
    """Return the number of trainable weights of each row that trains a network."""
    found = {}
    for name, seeds in records.items():
        counts = {record.get("trainable_parameters") for record in seeds}
        if seeds[0]["kind"] == "training":
            if len(counts) > 1 or None in counts:
                raise InputError(f"{name}: its run records give trainable_parameters as {counts}; train it again")
            found[name] = {"ours": counts.pop()}
    return found


def _numbers(
    comparison: Comparison, ours: dict[str, dict[str, dict]], printed: dict[str, dict[str, float]]
) -> pd.DataFrame:
    """Return one row per experiment, with the paper's number, the parts of ours, and the difference for every column.

    Unknown values are missing.
    """
    rows = [row.experiment for row in comparison.rows]
    columns = {"experiment": rows, "label": [row.label for row in comparison.rows]}
    if comparison.references:
        columns["reference"] = [comparison.references.get(row, "") for row in rows]
    for name in comparison.columns:
        kind = "Int64" if name in ("parameters", "features") else float
        paper = pd.Series([printed[row].get(name) for row in rows], dtype=kind)
        parts = list(dict.fromkeys(part for row in rows for part in ours[name].get(row, {}))) or ["ours"]
        own = {part: pd.Series([ours[name].get(row, {}).get(part) for row in rows], dtype=kind) for part in parts}
        columns[f"{name}_paper"] = paper
        columns |= {f"{name}_{part}": numbers for part, numbers in own.items()}
        columns[f"{name}_difference"] = own["ours"] - paper
    return pd.DataFrame(columns)


if __name__ == "__main__":
    run_function(compare_experiments, lock="output_stem")
