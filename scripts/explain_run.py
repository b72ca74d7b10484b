"""Explain what `make` would run, why, and how long it would take. Nothing is run or written."""

import argparse
from pathlib import Path

from cli import program, run
from cli_forecast import add_machine, read_machine
from signwild.plan.run import read_plan
from signwild.upkeep.forecast.causes import plan_run
from signwild.upkeep.forecast.dry_run import stage_of_rules
from signwild.upkeep.forecast.why import explain_run
from signwild.upkeep.launch.killed_run import is_run_going_on


def work(args: argparse.Namespace) -> None:
    """Print the explanation."""
    plan, stages = read_plan(args.configfile), stage_of_rules()
    planned = plan_run(args.configfile, args.cores, stages)
    lines = explain_run(plan, planned, stages, read_machine(args), Path("results"), is_run_going_on())
    print("\n".join(lines))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    add_machine(parser)
    run(parser, work)
