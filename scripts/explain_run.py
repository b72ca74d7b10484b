"""Explain what `make` would run, why, and how long it would take. Nothing is run or written."""

from pathlib import Path

from signwild.cli.program import run_function
from signwild.plan.run import read_plan
from signwild.upkeep.forecast import why
from signwild.upkeep.forecast.causes import plan_run
from signwild.upkeep.forecast.dry_run import stage_of_rules
from signwild.upkeep.forecast.machine import Gpu, read_machine
from signwild.upkeep.launch.killed_run import is_run_going_on


def explain_run(configfile: Path, cores: int = 1, gpu: Gpu | None = None) -> None:
    """Explain what `make` would run, why, and how long it would take. Nothing is run or written."""
    plan, stages = read_plan(configfile), stage_of_rules()
    planned = plan_run(configfile, cores, stages)
    lines = why.explain_run(plan, planned, stages, read_machine(cores, gpu), Path("results"), is_run_going_on())
    print("\n".join(lines))


if __name__ == "__main__":
    run_function(explain_run)
