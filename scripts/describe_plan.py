"""Print what a configuration takes: jobs, hours, downloads and disk space. Nothing is run or written."""

from pathlib import Path

from signwild.cli.program import run_function
from signwild.plan.checked import read_checked_plan
from signwild.upkeep.forecast import overview
from signwild.upkeep.forecast.dry_run import plan_jobs, stage_of_rules
from signwild.upkeep.forecast.labelled import check_labelled
from signwild.upkeep.forecast.machine import Gpu, read_machine


def describe_plan(configfile: Path, cores: int = 1, gpu: Gpu | None = None) -> None:
    """Print what a configuration takes: jobs, hours, downloads and disk space. Nothing is run or written."""
    plan, stages = read_checked_plan(configfile), stage_of_rules()
    check_labelled(plan.settings.configuration)
    jobs = plan_jobs(configfile, cores, "--forceall")
    print("\n".join(overview.describe_plan(plan, configfile, jobs, stages, read_machine(cores, gpu), Path("results"))))


if __name__ == "__main__":
    run_function(describe_plan)
