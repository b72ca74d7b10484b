"""Print what a configuration takes: jobs, hours, downloads and disk space. Nothing is run or written."""

import argparse
from pathlib import Path

from cli import program, run
from cli_forecast import add_machine, read_machine
from signwild.plan.run import read_plan
from signwild.upkeep.forecast.dry_run import plan_jobs, stage_of_rules
from signwild.upkeep.forecast.overview import describe_plan


def work(args: argparse.Namespace) -> None:
    """Print the overview."""
    plan, stages = read_plan(args.configfile), stage_of_rules()
    jobs = plan_jobs(args.configfile, args.cores, "--forceall")
    print("\n".join(describe_plan(plan, args.configfile, jobs, stages, read_machine(args), Path("results"))))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    add_machine(parser)
    run(parser, work)
