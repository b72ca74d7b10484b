"""Verdicts: how the paper's numbers relate to ours."""

import pandas as pd

from signwild.stages.tables.layout import COLUMNS

INSIDE, ABOVE, BELOW = "inside", "above", "below"
"""The paper's number is in our 95% interval; or our whole interval is above it, or below it."""

NOT_COMPARABLE, NO_INTERVAL = "not comparable", "no interval"
EQUAL, DIFFERENT = "equal", "different"
"""Verdicts on numbers that are counted, not measured."""


def add_verdicts(table: pd.DataFrame, columns: list[str], foreign: pd.Series) -> pd.DataFrame:
    """Return the table with a verdict on each column (``{column}_verdict``) and on the row (``verdict``).

    A verdict is empty if the paper has no number. ``foreign``: rows that cannot be compared with the paper; all their
    verdicts are "not comparable".
    """
    of_columns = {name: table.apply(_verdict, axis=1, column=name).mask(foreign, NOT_COMPARABLE) for name in columns}
    of_rows = pd.DataFrame(of_columns).apply(_together, axis=1)
    named = {f"{name}_verdict": verdicts for name, verdicts in of_columns.items()}
    return table.assign(**named, verdict=of_rows)


def _verdict(row: pd.Series, column: str) -> str:
    paper, ours = row[f"{column}_paper"], row[f"{column}_ours"]
    if pd.isna(paper) or pd.isna(ours):
        return ""
    if column == "parameters":
        return EQUAL if ours == paper else DIFFERENT
    if not COLUMNS[column].metric:
        return NOT_COMPARABLE  # times of another machine
    low, high = row.get(f"{column}_low"), row.get(f"{column}_high")
    if pd.isna(low):
        return NO_INTERVAL
    return ABOVE if paper < low else BELOW if paper > high else INSIDE


def _together(verdicts: pd.Series) -> str:
    """Return one verdict if the columns agree, else the verdict of each column."""
    said = verdicts[verdicts != ""]
    if said.nunique() < 2:
        return said.iloc[0] if len(said) else ""
    return ", ".join(f"{COLUMNS[name].word} {verdict}" for name, verdict in said.items())
