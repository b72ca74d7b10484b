"""Praat's TextGrid files: interval tiers read and written, in the long and in the short form.

Both forms are the same values in the same order; what stands around them is left out by any reader (Praat's manual,
"TextGrid file formats").
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import write_text

TOKEN = re.compile(r'"((?:[^"]|"")*)"|<(exists|absent)>|(?<![^\s])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![^\s])|!.*')
"""A text in quotes, a flag, a number that stands alone, or a comment; everything else is decoration."""

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

AGAIN = "save it in Praat again (Save as text file)"

Interval = tuple[float, float, str]
"""Start and end in seconds, and text."""


def read_text_grid(path: Path) -> dict[str, list[Interval]]:
    """Return the intervals with a text of each interval tier, by the tier's name; tiers of points are left out.

    Raises InputError for a file that is none.
    """
    values = _values(path)
    try:
        if values[:2] != ["ooTextFile", "TextGrid"] or values[4] != "exists":
            raise ValueError("its header is another")
        place, tiers = 6, {}
        for _ in range(int(values[5])):
            kind, name, count = values[place], str(values[place + 1]), int(values[place + 4])
            place += 5
            width = 3 if kind == "IntervalTier" else 2
            rows = [values[place + width * row : place + width * (row + 1)] for row in range(count)]
            place += width * count
            if width == 3:
                tiers.setdefault(name, []).extend(
                    (float(start), float(end), str(text)) for start, end, text in rows if str(text).strip()
                )
    except (IndexError, ValueError, TypeError) as error:
        raise InputError(f"{path}: is no TextGrid file ({error}); {AGAIN}") from None
    return tiers


def write_text_grid(path: Path, tiers: Mapping[str, Sequence[Interval]], end_s: float) -> None:
    """Write interval tiers from 0 to ``end_s`` in the long form; intervals by time, without overlaps.

    Praat's tiers have no gaps, so intervals without a text are between them.
    """
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_number(end_s)}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, intervals) in enumerate(tiers.items(), start=1):
        filled = _without_gaps(intervals, end_s)
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(name)}"]
        lines += ["        xmin = 0", f"        xmax = {_number(end_s)}", f"        intervals: size = {len(filled)}"]
        for place, (start, end, text) in enumerate(filled, start=1):
            lines += [f"        intervals [{place}]:", f"            xmin = {_number(start)}"]
            lines += [f"            xmax = {_number(end)}", f"            text = {_quoted(text)}"]
    write_text(path, "\n".join(lines) + "\n")


def _values(path: Path) -> list[str | float]:
    """Return the texts, flags and numbers of a file, in their order."""
    try:
        content = path.read_bytes()
        mark, encoding = next(
            ((mark, name) for mark, name in MARKS.items() if content.startswith(mark)), (b"", "utf-8")
        )
        text = content[len(mark) :].decode(encoding)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is no TextGrid file ({error}); {AGAIN}") from None
    found: list[str | float] = []
    for token in TOKEN.finditer(text):
        if token[1] is not None:
            found.append(token[1].replace('""', '"'))
        elif token[2] or token[3]:
            found.append(token[2] or float(token[3]))
    return found


def _without_gaps(intervals: Sequence[Interval], end_s: float) -> list[Interval]:
    filled, place = [], 0.0
    for start, end, text in intervals:
        if start > place:
            filled.append((place, start, ""))
        filled.append((start, end, text))
        place = end
    return [*filled, (place, end_s, "")] if place < end_s or not filled else filled


def _number(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
