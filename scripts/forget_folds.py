"""Forget a run's frozen folds: its next start assigns all videos anew."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.settings import read_yaml


def work(args: argparse.Namespace) -> None:
    """Remove the folds and what rests on them first."""
    results = Path("results") / str(read_yaml(args.configfile).get("run"))
    for path in (results / "frozen_folds.tsv", results / "segments/folds.tsv"):
        path.unlink(missing_ok=True)
    print(f"The folds in {results} are forgotten; the next run assigns them anew.")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    run(parser, work)
