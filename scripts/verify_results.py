"""Check a run's results, and print what is wrong and which command fixes it; the exit code is 1 if anything is."""

import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from signwild.base.terminal import size
from signwild.cli.program import run_function
from signwild.plan.run import read_plan
from signwild.upkeep.verification.findings import describe_findings, mending_commands
from signwild.upkeep.verification.verify import verify_run


def verify_results(configfile: Path) -> None:
    """Check a run's results, and print what is wrong and which command fixes it; the exit code is 1 if anything is."""
    bar = partial(tqdm, desc="verify", unit="file", mininterval=1, leave=False, disable=None)
    found = verify_run(read_plan(configfile), Path("results"), bar)
    for line in describe_findings(found.findings):
        print(line)
    looked_at = f"{found.files:,} files of {found.videos:,} videos, {size(found.size)}"
    commands = mending_commands(found.findings, configfile)
    if not commands:
        print(f"Nothing is wrong: looked at {looked_at}.")
        return
    print(f"\nLooked at {looked_at}. To repair it, run:\n")
    for command in commands:
        print(f"    {command}")
    sys.exit(1)


if __name__ == "__main__":
    run_function(verify_results)
