"""Print what adapting a detector gained on held-out videos, and how to use the adapted one."""

import json
from pathlib import Path

from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.plan.run import read_plan
from signwild.upkeep.derived.adaptation import TABLE


def show_adaptation(configfile: Path) -> None:
    """Print what adapting a detector gained on held-out videos, and how to use the adapted one."""
    results = Path("results") / read_plan(configfile).run
    path = results / f"tables/{TABLE}.json"
    if not path.is_file():
        raise InputError(f"{path}: there is no such table yet; `make adapt` makes it")
    about = json.loads(path.read_text(encoding="utf-8"))
    print(about["notes"][0])
    print(f"Report:  {results}/report/index.html")
    print(f"Use:     make detect VIDEO=lecture.mp4 MODEL={results}/detector")


if __name__ == "__main__":
    run_function(show_adaptation)
