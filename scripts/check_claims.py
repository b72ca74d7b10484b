"""Check the paper's statements against the results of the run, and write a table as CSV and Markdown."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from cli import program, run
from signwild.stages.tables.check_claims import CheckedStatement, check_claims


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument(
        "--statements",
        required=True,
        type=TypeAdapter(dict[str, CheckedStatement]).validate_json,
        help="JSON: by name, a statement of config/paper_claims.yaml, its table and the folders of its experiments",
    )
    options.add_argument("--results", required=True, type=Path, help="the run's folder")
    options.add_argument("--seeds", required=True, type=int, nargs="+")
    options.add_argument(
        "--not-telling", action="append", default=[], metavar="REASON", help="why nothing can be concluded"
    )
    options.add_argument("--output-stem", required=True, type=Path, help="path of the table without its suffix")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Write the table."""
    check_claims(arguments.statements, arguments.results, arguments.seeds, arguments.not_telling, arguments.output_stem)


if __name__ == "__main__":
    run(parser(), work, output="output_stem")
