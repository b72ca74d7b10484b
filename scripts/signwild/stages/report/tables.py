"""Tables of a run, read from the files of the comparison, and grouped by the paper's numbering."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.paper_facts import TABLES
from signwild.base.words import DASH, number
from signwild.stages.tables.layout import read_comparison, to_html

BEYOND = "Beyond the paper"


@dataclass(frozen=True)
class ReportedTable:
    """A table: its name, the content of its JSON file, and the numbers of its CSV file."""

    name: str
    caption: str
    unit: str
    columns: list[str]
    notes: list[str]
    numbers: pd.DataFrame

    @property
    def heading(self) -> str:
        """Heading of the table: the paper's table with its number, or beyond the paper."""
        return heading_of(self.name)

    @property
    def title(self) -> str:
        """Title of the table, for use in a sentence."""
        return table_title(self.name, self.caption)

    @property
    def labels(self) -> dict[str, str]:
        """Label of each experiment that the rows show."""
        return dict(zip(self.numbers["experiment"], self.numbers["label"], strict=True))

    @property
    def html(self) -> str:
        """The table as HTML, escaped, without its notes."""
        return to_html(self.numbers, self.columns, self.caption)


def heading_of(name: str) -> str:
    """Return the heading that a table is under: the paper's table with its number, or beyond the paper."""
    match = re.match(r"table_(\d+)(?![0-9a-z])", name)
    return f"Table {match[1]}" if match and int(match[1]) <= TABLES else BEYOND


def table_title(name: str, caption: str) -> str:
    """Return the title of a table: its number if it is a table of the paper's, else its caption, after the heading."""
    heading = heading_of(name)
    if heading == BEYOND:
        return caption
    return heading if name == heading.lower().replace(" ", "_") else f"{heading}: {caption}"


def read_reported(folder: Path, name: str) -> ReportedTable:
    """Read ``name``.json and .csv; raises InputError if one is missing or does not fit."""
    path = folder / f"{name}.json"
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        parts = {part: described[part] for part in ("caption", "unit", "columns", "notes")}
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; start the workflow again") from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: is not a description of a table ({error!r}); delete it and start again") from None
    return ReportedTable(name, **parts, numbers=read_comparison(folder / f"{name}.csv"))


def grouped(tables: list[ReportedTable]) -> dict[str, list[ReportedTable]]:
    """Group tables by their heading, in the order given; those beyond the paper are last."""
    headings = dict.fromkeys(table.heading for table in tables)
    order = sorted(headings, key=lambda heading: heading == BEYOND)
    return {heading: [table for table in tables if table.heading == heading] for heading in order}


def read_dataset_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read titles and cells of the statistics of the data set, as text, for any columns of the CSV file."""
    try:
        table = pd.read_csv(path, dtype={"class": str})
    except (FileNotFoundError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table ({error}); start the workflow again") from None
    titles = [_title(name) for name in table]
    return titles, [[_cell(value) for value in row] for row in table.astype(object).itertuples(index=False)]


def _title(column: str) -> str:
    words = column.removesuffix("_paper").replace("_", " ").capitalize()
    return f"{words}, paper" if column.endswith("_paper") else words


def _cell(value: object) -> str:
    if pd.isna(value):
        return DASH
    if isinstance(value, str):
        return value
    return number(value, 0 if float(value).is_integer() else 2)
