"""The table in docs/performance.md, between two marks: a row a stage, and below it where it was measured."""

from pathlib import Path

from signwild.errors import InputError
from signwild.files import write_text

START, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HOW = "measured"
"""The column that stands below the table."""


def check_page(page: Path) -> None:
    """Raise InputError where the page has no place for the table."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    if START not in text or END not in text:
        raise InputError(f"{page}: lacks the lines {START} and {END}, between which the table stands")


def update_table(page: Path, row: dict[str, str], stages: list[str]) -> None:
    """Put a row in, in the place of an older one of its stage; rows stand in the order of ``stages``."""
    check_page(page)
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    table, _, after = rest.partition(END)
    rows = {old["stage"]: old for old in _read(table)} | {row["stage"]: row}
    in_order = [rows[stage] for stage in stages if stage in rows]
    write_text(page, f"{before}{START}\n{_written(in_order)}\n{END}{after}")


def _read(table: str) -> list[dict[str, str]]:
    lines = [line for line in table.splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    how = [line.partition(": ")[2] for line in lines if line.startswith("- ")]
    return [dict(zip(cells[0], row, strict=True)) | {HOW: text} for row, text in zip(cells[2:], how, strict=True)]


def _written(rows: list[dict[str, str]]) -> str:
    columns = [name for name in rows[0] if name != HOW]
    lines = [columns, ["---"] * len(columns), *([row.get(name, "–") for name in columns] for row in rows)]
    table = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([*table, "", *(f"- {row['stage']}: {row[HOW]}" for row in rows)])
