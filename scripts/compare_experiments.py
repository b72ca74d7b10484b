"""Write one table of our results beside the paper's, as CSV, Markdown and LaTeX."""

import argparse
import json
from pathlib import Path

from cli import program, run
from signwild.comparison import compare, read_forward_times, read_paper_results
from signwild.errors import InputError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = program(__doc__)
    options.add_argument("--table", required=True, help="name in the paper's results, such as table_1")
    options.add_argument(
        "--definition",
        required=True,
        help="JSON: caption, columns (loss, accuracy, parameters, forward_time_ms) and "
        "rows ({experiment, label}; trained_as where the experiment was trained under another name)",
    )
    options.add_argument("--paper", required=True, type=Path, help="YAML file of the paper's numbers")
    options.add_argument("--results", required=True, type=Path, help="the run's folder, with training/ and fusion/")
    options.add_argument("--seeds", required=True, type=int, nargs="+")
    options.add_argument(
        "--not-comparable", action="append", default=[], metavar="REASON", help="why no number is the paper's"
    )
    options.add_argument("--forward-times", type=Path, help="JSON: stream -> motion_ms, network_ms")
    options.add_argument("--output-stem", required=True, type=Path, help="path of the table without its suffix")
    return options


def read_definition(text: str) -> dict:
    """Check the table's definition: caption, rows and columns, nothing else."""
    try:
        definition = json.loads(text)
        rows = definition["rows"]
        known = set(definition) == {"caption", "rows", "columns"} and all(
            {"experiment", "label"} <= set(row) <= {"experiment", "label", "trained_as"} for row in rows
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"--definition: needs caption, rows and columns as JSON ({error!r})") from error
    if not known or not rows:
        raise InputError(
            "--definition: has caption, columns and rows; a row has experiment, label and perhaps trained_as"
        )
    return definition


def results_of(results: Path, experiment: str, seeds: list[int]) -> list[Path]:
    """Folders of an experiment's results, one per seed, wherever it was computed."""
    folders = [results / kind / experiment for kind in ("training", "fusion")]
    found = [folder for folder in folders if folder.is_dir()]
    if not found:
        raise InputError(f"{' and '.join(map(str, folders))}: neither exists; run the experiment {experiment} first")
    if len(found) > 1:
        raise InputError(f"{' and '.join(map(str, found))}: both exist; delete the one that is no longer configured")
    return [found[0] / f"seed_{seed}" for seed in seeds]


def work(arguments: argparse.Namespace) -> None:
    """Find every row's results and write the table."""
    definition = read_definition(arguments.definition)
    folders = {
        row["experiment"]: results_of(arguments.results, row.get("trained_as") or row["experiment"], arguments.seeds)
        for row in definition["rows"]
    }
    compare(
        arguments.table,
        definition["caption"],
        definition["rows"],
        definition["columns"],
        predictions={name: [folder / "predictions.parquet" for folder in paths] for name, paths in folders.items()},
        records={name: [folder / "record.json" for folder in paths] for name, paths in folders.items()},
        paper=read_paper_results(arguments.paper),
        not_comparable=arguments.not_comparable,
        output_stem=arguments.output_stem,
        forward_times=read_forward_times(arguments.forward_times) if arguments.forward_times else None,
    )


if __name__ == "__main__":
    run(parser(), work, output="output_stem")
