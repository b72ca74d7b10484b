"""Numbers and tables as they are shown on a terminal of 100 columns."""

import math
import textwrap

WIDTH = 100


def duration(seconds: float) -> str:
    """Format a time in the unit that fits: 40 s, 12 min, 3.4 h, 260 h."""
    if seconds < 100:
        return f"{math.ceil(seconds) if seconds < 1 else round(seconds)} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 10 else f"{hours:,.0f} h"


def long_duration(seconds: float) -> str:
    """Format a time like ``duration``, but a long one in days."""
    return duration(seconds) if seconds < 72 * 3600 else f"{seconds / 86400:,.0f} days"


def size(number: float) -> str:
    """Format bytes in the unit that fits: 900 KB, 12 MB, 73 GB."""
    for unit in ("KB", "MB", "GB"):
        number /= 1000
        if number < 1000 or unit == "GB":
            return f"{number:.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"
    raise AssertionError


def columns(rows: list[list[str]], right: set[int]) -> list[str]:
    """Lay out rows as lines of columns; those in ``right`` are right-aligned, the last one is wrapped."""
    wide = [max(len(row[number]) for row in rows) for number in range(len(rows[0]) - 1)]
    indent = 2 + sum(width + 2 for width in wide)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row[:-1], wide, strict=True))
        ]
        first = "  " + "  ".join(cells) + "  "
        text = textwrap.wrap(row[-1], WIDTH - indent, break_on_hyphens=False) or [""]
        lines += [f"{first}{text[0]}".rstrip(), *(" " * indent + rest for rest in text[1:])]
    return lines


def paragraph(text: str) -> list[str]:
    """Wrap a text into lines."""
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)
