"""Shared parts of programs that show tables on the terminal."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from signwild.base.terminal_tables import terminal_table

WIDTH_OF_A_LOG = 240
"""In characters; used where the output is not a terminal."""


def print_tables(paths: Iterable[Path]) -> None:
    """Print tables from their Markdown files, as wide as the terminal."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else WIDTH_OF_A_LOG
    for path in paths:
        print("\n".join(terminal_table(path.read_text(encoding="utf-8"), width, with_bold=is_terminal)), end="\n\n")
