"""Tables in Markdown, shown on the terminal."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

WIDTH_OF_A_LOG = 240
"""In characters; the widest table, with two columns of intervals and differences, is cut off at a smaller width."""


def print_tables(paths: Iterable[Path]) -> None:
    """Print tables in Markdown, as wide as the terminal."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)
    for path in paths:
        console.print(Markdown(path.read_text(encoding="utf-8")))
        console.print()
