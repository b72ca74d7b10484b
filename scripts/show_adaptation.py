"""Print what adapting a detector gained on held-out videos, and how to use the adapted one."""

import argparse
import json
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError
from signwild.plan.run import read_plan
from signwild.upkeep.derived.adaptation import TABLE


def work(args: argparse.Namespace) -> None:
    """Print the summary."""
    results = Path("results") / read_plan(args.configfile).run
    path = results / f"tables/{TABLE}.json"
    if not path.is_file():
        raise InputError(f"{path}: there is no such table yet; `make adapt` makes it")
    about = json.loads(path.read_text(encoding="utf-8"))
    print(about["notes"][0])
    print(f"Report:  {results}/report/index.html")
    print(f"Use:     make detect VIDEO=lecture.mp4 MODEL={results}/detector")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the adaptation's configuration")
    run(parser, work)
