"""Remove results that jobs of a killed run finished on their own: Snakemake does not know how they were made.

A cluster job continues when the run that started it is killed. Its results have no record of their parameters and
code, so a later change of these would go unnoticed. The results are then made again from the store.
"""

import argparse
from pathlib import Path

from signwild.cli.options import HELP
from signwild.cli.program import program, run
from signwild.upkeep.forecast.dry_run import unrecorded_outputs


def work(args: argparse.Namespace) -> None:
    """Remove these results, and print how many there were."""
    found = unrecorded_outputs(args.configfile)
    for path in found:
        path.unlink()
    if found:
        print(f"Files that its jobs finished without it, and that are made again from the store: {len(found)}.")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help=HELP["configfile"])
    run(parser, work)
