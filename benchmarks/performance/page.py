"""Tables of docs/performance.md, each between two marks: one row per stage, and below them where it was measured."""

import textwrap
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import write_text

HOW = "measured"
"""The column that is written below the table."""

BETWEEN, AFTER = " · ", ": "
"""Separators in that text: between the names of rows, and after the last."""


def check_page(page: Path, tables: list[str]) -> None:
    """Raise InputError if the page has no place for one of the tables."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    for mark in (mark for table in tables for mark in _marks(table)):
        if mark not in text:
            raise InputError(f"{page}: lacks the line {mark}; a table stands between two such lines")


def read_rows(page: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a table by column; HOW has the text below the table about the row."""
    check_page(page, [table])
    start, end = _marks(table)
    text = page.read_text(encoding="utf-8").partition(start)[2].partition(end)[0]
    lines = [line for line in text.splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    how = _how("\n".join(line for line in lines if not line.startswith("|")))
    return [dict(zip(cells[0], row, strict=True)) | {HOW: how[row[0]]} for row in cells[2:]]


def update_table(page: Path, table: str, row: dict[str, str], order: list[str]) -> None:
    """Insert a row, replacing an older one of the same name (the first column); rows are sorted by ``order``.

    The table has the row's columns.
    """
    name = next(iter(row))
    if any(sign in row[name] for sign in (BETWEEN, AFTER)):
        raise ValueError(f"{row[name]!r}: a row's name must not hold {BETWEEN!r} or {AFTER!r}")
    rows = {old[name]: old for old in read_rows(page, table)} | {row[name]: row}
    written = _written([column for column in row if column != HOW], [rows[one] for one in order if one in rows])
    start, end = _marks(table)
    before, _, rest = page.read_text(encoding="utf-8").partition(start)
    write_text(page, f"{before}{start}\n{written}\n{end}{rest.partition(end)[2]}")


def _marks(table: str) -> tuple[str, str]:
    return f"<!-- {table}: begin -->", f"<!-- {table}: end -->"


def _how(text: str) -> dict[str, str]:
    """Return where rows were measured, by their names; ``text``: a wrapped list, whose items may name several rows."""
    items = [" ".join(item.split()) for item in f"\n{text}".split("\n- ")[1:]]
    pairs = [item.partition(AFTER)[::2] for item in items]
    return {name: how for names, how in pairs for name in names.split(BETWEEN)}


def _written(columns: list[str], rows: list[dict[str, str]]) -> str:
    lines = [columns, ["---"] * len(columns), *([row.get(name, "–") for name in columns] for row in rows)]
    table = [f"| {' | '.join(line)} |" for line in lines]
    alike: dict[str, list[str]] = {}
    for row in rows:
        alike.setdefault(row[HOW], []).append(row[columns[0]])
    items = [f"- {BETWEEN.join(names)}{AFTER}{how}" for how, names in alike.items()]
    wrapped = [textwrap.fill(item, 120, subsequent_indent="  ", break_on_hyphens=False) for item in items]
    return "\n".join([*table, "", *wrapped])
