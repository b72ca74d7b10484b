"""Tables of our results beside the paper's: numbers as CSV, text as Markdown and LaTeX."""

import json
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import yaml

from signwild.errors import InputError
from signwild.files import write_text
from signwild.metrics import chance, per_fold
from signwild.records import read_predictions, read_record
from signwild.table_layout import COLUMNS, to_latex, to_markdown

NOT_COMPARABLE = "not comparable"
EVALUATED = ("loss", "accuracy")


def read_paper_results(path: Path | str, experiments: Collection[str] | None = None) -> dict[str, dict[str, dict]]:
    """Read the paper's numbers: table -> experiment -> column -> number.

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
            _check_columns(place, numbers)
            for column, number in numbers.items():
                if isinstance(number, bool) or not isinstance(number, int | float):
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
    caption: str,
    rows: list[dict[str, str]],
    columns: list[str],
    predictions: dict[str, list[Path]],
    records: dict[str, list[Path]],
    paper: dict[str, dict[str, dict]],
    not_comparable: list[str],
    output_stem: Path | str,
    forward_times: dict[str, dict[str, float]] | None = None,
) -> pd.DataFrame:
    """Write ``output_stem`` + .csv, .md and .tex, and return the numbers of the CSV file.

    ``rows`` are {experiment, label}, in the table's order; ``predictions`` and ``records`` hold the files of
    each experiment, one per seed. Ours is the mean over seeds and folds, beside it the sample standard
    deviation and the difference from the paper. ``not_comparable`` are reasons why no number can be held
    against the paper's.
    """
    _check_columns(table_name, columns)
    evaluated = {row["experiment"]: [read_predictions(path) for path in predictions[row["experiment"]]] for row in rows}
    _check_same_segments(table_name, evaluated)
    table = pd.DataFrame(
        [
            _numbers(
                row,
                columns,
                evaluated[row["experiment"]],
                [read_record(path) for path in records[row["experiment"]]],
                paper.get(table_name, {}).get(row["experiment"], {}),
                forward_times or {},
            )
            for row in rows
        ]
    )
    whole = [name for name in table if name.startswith("parameters_")]
    table = table.astype(dict.fromkeys(whole, "Int64"))
    table["verdict"] = NOT_COMPARABLE if not_comparable else _verdicts(table, columns)
    notes = _notes(table, columns, not_comparable, chance(next(iter(evaluated.values()))[0]))
    write_text(f"{output_stem}.csv", table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
    write_text(f"{output_stem}.md", to_markdown(table, columns, caption, notes))
    write_text(f"{output_stem}.tex", to_latex(table, columns, caption, notes, label=f"tab:{table_name}"))
    return table


def _check_columns(place: str, columns: Collection[str]) -> None:
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise InputError(f"{place}: unknown column {unknown[0]!r}; columns are {', '.join(COLUMNS)}")


def _check_same_segments(table_name: str, evaluated: dict[str, list[pd.DataFrame]]) -> None:
    """Rows can be held side by side only if they predict the same segments, in the same folds."""
    names = ["video_id", "start_frame", "label", "fold"]
    first = first_segments = None
    for experiment, seeds in evaluated.items():
        for predictions in seeds:
            segments = predictions[names].sort_values(names[:2], ignore_index=True)
            if first_segments is None:
                first, first_segments = experiment, segments
            elif not segments.equals(first_segments):
                raise InputError(
                    f"{table_name}: {first} and {experiment} rest on different segments or folds "
                    f"({len(first_segments)} and {len(segments)} segments); train both on the same segments"
                )


def _numbers(
    row: dict[str, str],
    columns: list[str],
    seeds: list[pd.DataFrame],
    records: list[dict],
    paper: dict[str, float],
    forward_times: dict[str, dict[str, float]],
) -> dict:
    """One row of the CSV file; whatever is not known is missing."""
    folds = pd.concat([per_fold(predictions) for predictions in seeds])
    numbers: dict = {"experiment": row["experiment"], "label": row["label"]}
    for column in columns:
        missing = pd.NA if column == "parameters" else float("nan")
        ours = {"ours": missing}
        if column in EVALUATED:
            ours = {"ours": folds[column].mean(), "sd": folds[column].std()}
        elif column == "parameters":
            ours = {"ours": _parameters(row["experiment"], records)}
        else:
            time = forward_times.get(records[0]["parameters"].get("stream"), {})
            motion, network = time.get("motion_ms", missing), time.get("network_ms", missing)
            ours = {"ours": motion + network, "motion": motion, "network": network}
        numbers[f"{column}_paper"] = paper.get(column, missing)
        numbers |= {f"{column}_{name}": value for name, value in ours.items()}
        numbers[f"{column}_difference"] = ours["ours"] - numbers[f"{column}_paper"]
    return numbers | {
        "n_values": len(folds),
        "n_segments": len(seeds[0]),
        "n_videos": seeds[0]["video_id"].nunique(),
        "chance_accuracy": chance(seeds[0])["accuracy"],
    }


def _parameters(experiment: str, records: list[dict]) -> int:
    """Number of trainable weights; missing for a fusion, which trains none."""
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


def _notes(table: pd.DataFrame, columns: list[str], not_comparable: list[str], guess: dict[str, float]) -> list[str]:
    """What a reader must know beside the numbers, one sentence or two each."""
    notes = []
    if not_comparable:
        notes.append(f"Not comparable with the paper: {'; '.join(not_comparable)}.")
    if set(EVALUATED) & set(columns):
        values = " or ".join(map(str, sorted(set(table["n_values"]))))
        notes.append(
            f"Every row rests on the same {table['n_segments'][0]} segments of {table['n_videos'][0]} videos; "
            f"ours is the mean ± standard deviation over seeds and folds ({values} values)."
        )
    points = " (accuracy in percentage points)" if "accuracy" in columns else ""
    notes.append(f"Δ: ours minus the paper's{points}. Bold: the best of ours.")
    guesses = {
        "accuracy": f"always naming the commonest class has an accuracy of {100 * guess['accuracy']:.2f}%",
        "loss": f"a uniform guess has a loss of ln 3 = {guess['loss']:.4f}",
    }
    by_chance = [guesses[column] for column in guesses if column in columns]
    if by_chance:
        notes.append(f"Chance: {'; '.join(by_chance)}.")
    if "forward_time_ms" in columns:
        notes.append("Forward time of one sample: ours is motion + network; the paper's is the motion stream's.")
    return notes
