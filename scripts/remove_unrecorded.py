"""Remove results that jobs of a killed run finished by themselves: Snakemake does not know how these were made.

A job of a cluster goes on when the run that started it is killed. What it leaves has no record of its parameters and
code, so a later change of these would go unseen. Made again, it is found in the store.
"""

import argparse
from pathlib import Path

from cli import program, run
from signwild.upkeep.forecast.dry_run import unrecorded_outputs


def work(args: argparse.Namespace) -> None:
    """Remove them, and say how many there were."""
    found = unrecorded_outputs(args.configfile)
    for path in found:
        path.unlink()
    if found:
        print(f"Files that its jobs finished without it, and that are made again from the store: {len(found)}.")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    run(parser, work)
