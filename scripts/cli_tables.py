"""What programs that show tables on the terminal share."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

WIDTH_OF_A_LOG = 240
"""Characters; the widest table, of two columns with intervals and differences, is cut in fewer."""


def print_tables(paths: Iterable[Path]) -> None:
    """Print tables in Markdown, as wide as the terminal."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)
    for path in paths:
        console.print(Markdown(path.read_text(encoding="utf-8")))
        console.print()
