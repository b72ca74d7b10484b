"""Check a configuration and the files that it names before any work, and keep it beside the run's results.

Snakemake keeps it only when there is something to do.
"""

import argparse
from pathlib import Path

from signwild.cli.options import HELP
from signwild.cli.program import program, run
from signwild.configuration.settings import keep_resolved
from signwild.plan.detection import exported_detectors
from signwild.plan.run import read_plan
from signwild.stages.detection.beside import check_run


def work(args: argparse.Namespace) -> None:
    """Check the configuration, and keep it."""
    plan = read_plan(args.configfile)
    plan.check_files(str(args.configfile))
    if args.exported:
        exported_detectors(plan)
        if other := plan.settings.configuration.detection.scores_beside:
            check_run(Path("results") / other)
    keep_resolved(plan.settings, Path("results"))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help=HELP["configfile"])
    parser.add_argument(
        "--exported",
        action="store_true",
        help=HELP["exported"],
    )
    run(parser, work)
