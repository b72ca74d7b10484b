"""Log every experiment's results to MLflow, and write a receipt of what is there."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.stages.tracking.track_runs import track


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument(
        "--records", required=True, type=Path, nargs="*", help="record.json of every experiment and seed"
    )
    options.add_argument("--figures", required=True, type=Path, help="folder of the experiments' figures")
    options.add_argument("--uri", required=True, help="sqlite:///results/mlflow.db, or http://... of a tracking server")
    options.add_argument("--artifacts", type=Path, help="folder of the logged files; a tracking server has its own")
    options.add_argument("--experiment", required=True, help="name of the MLflow experiment: the run's name")
    options.add_argument("--receipt", required=True, type=Path)
    return options


def work(arguments: argparse.Namespace) -> None:
    """Track the runs, and print what was done."""
    counts = track(
        arguments.records,
        arguments.figures,
        arguments.uri,
        arguments.artifacts,
        arguments.experiment,
        arguments.receipt,
    )
    print(", ".join(f"{count} {what}" for what, count in counts.items()))


if __name__ == "__main__":
    run(parser(), work, output="receipt")
