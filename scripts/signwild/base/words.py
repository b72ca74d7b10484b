"""Numbers and lists in words, the same in the page and in the cards."""

from collections.abc import Iterable

import pandas as pd

DASH = "–"
"""Text that is shown for a missing value."""


def number(value: float, places: int = 0) -> str:
    """Format a number with thousands separators; a dash if it is missing."""
    return DASH if pd.isna(value) else f"{value:,.{places}f}".replace("-", "−")


def percent(share: float, places: int = 1) -> str:
    """Format a share (0 to 1) in percent."""
    return DASH if pd.isna(share) else f"{100 * share:.{places}f}%"


def duration(seconds: float) -> str:
    """Format seconds as hours and minutes, minutes and seconds, or seconds."""
    if pd.isna(seconds):
        return DASH
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def memory(mebibytes: float) -> str:
    """Format mebibytes as MB or GB."""
    if pd.isna(mebibytes):
        return DASH
    return f"{mebibytes / 1024:.1f} GB" if mebibytes >= 1024 else f"{mebibytes:.0f} MB"


def counted(count: int, noun: str) -> str:
    """Format a count and its noun, in the plural if needed: 1 video, 2 videos."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(items: Iterable[object]) -> str:
    """Join items as in a sentence: a, b and c."""
    *first, last = map(str, items)
    return f"{', '.join(first)} and {last}" if first else last
