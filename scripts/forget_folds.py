"""Forget a run's frozen folds, so its next start assigns all videos from scratch."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError
from signwild.plan.run import read_plan


def work(args: argparse.Namespace) -> None:
    """Remove the frozen folds, and the table of folds that the workflow would otherwise find up to date."""
    results = Path("results") / read_plan(args.configfile).run
    frozen = results / "frozen_folds.tsv"
    if not frozen.exists():
        raise InputError(f"{frozen}: no such file; this run has no folds to forget")
    for path in (frozen, results / "segments/folds.tsv"):
        path.unlink(missing_ok=True)
    print(f"The folds in {results} are forgotten; the next run assigns them anew.")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    run(parser, work)
