"""Say what `make` would run, why, and how long that would take; nothing is run, and nothing is written."""

import argparse
from pathlib import Path

from cli import program, run
from cli_forecast import add_machine, read_machine
from signwild.forecast.causes import plan_run
from signwild.forecast.explanation import explain_run
from signwild.forecast.planned_jobs import is_run_going_on, stage_of_rules
from signwild.plan import read_plan


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
