"""Print Markdown tables on the terminal."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from cli import program, run
from signwild.errors import InputError

WIDTH_OF_A_LOG = 160


def work(arguments: argparse.Namespace) -> None:
    """Print the tables in the order given, as wide as the terminal."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)
    for path in arguments.tables:
        try:
            console.print(Markdown(path.read_text(encoding="utf-8")), end="\n\n")
        except FileNotFoundError as error:
            raise InputError(f"{path}: there is no such table; run the comparison first") from error


if __name__ == "__main__":
    options = program(__doc__)
    options.add_argument("tables", nargs="+", type=Path, metavar="TABLE.md")
    run(options, work)
