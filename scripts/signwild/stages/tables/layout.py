"""The layout of a comparison: its columns, and its text as Markdown, LaTeX and HTML."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.table_forms import SURE, latex_table, latex_text, markdown_table
from signwild.base.words import DASH

DIGITS = 6
"""Decimal places in a CSV file. Shown numbers are rounded from these, here and in the report, which reads the file."""

PROTOCOL = "protocol"
"""Name of the column with the protocol of each row, in a table with rows on folds by video."""

MANY_COLUMNS = 15
"""Number of columns up to which a table fits a page of usual width without smaller letters."""


@dataclass(frozen=True)
class Column:
    """How a column is shown: its title, decimal places, factor, and which of our numbers is the best.

    ``metric``: the name of its numbers among those of ``metrics.evaluate``, if it holds any of them.
    """

    title: str
    places: int
    scale: int = 1
    best: Callable[[pd.Series], float] | None = None
    metric: str | None = None

    @property
    def word(self) -> str:
        """Title of the column, for use within a sentence."""
        name = self.title.split(" (")[0]
        return name[0].lower() + name[1:] if name[1].islower() else name


COLUMNS = {
    "loss": Column("Loss", 4, best=pd.Series.min, metric="loss"),
    "accuracy": Column("Accuracy (%)", 2, scale=100, best=pd.Series.max, metric="accuracy"),
    "precision": Column("Precision (%)", 2, scale=100, best=pd.Series.max, metric="precision_macro"),
    "precision_signing": Column(
        "Precision of signing (%)", 2, scale=100, best=pd.Series.max, metric="precision_signing"
    ),
    "recall_signing": Column("Recall of signing (%)", 2, scale=100, best=pd.Series.max, metric="recall_signing"),
    "f1_signing": Column("F1 signing", 3, best=pd.Series.max, metric="f1_signing"),
    "calibration_error": Column("Calibration error", 4, best=pd.Series.min, metric="calibration_error"),
    "parameters": Column("Trainable parameters", 0),
    "features": Column("Features per sample", 0),
    "forward_time_ms": Column("Forward time (ms)", 1, best=pd.Series.min),
    "images_per_second": Column("Images per second", 1, best=pd.Series.max),
}


def read_comparison(path: Path | str) -> pd.DataFrame:
    """Read the CSV file of a table that ``compare_experiments.compare`` returned, to six decimals."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; compare the experiments first") from error
    text = {"experiment", "label", "reference", "source", PROTOCOL, "verdict"}
    numbers = [name for name in table if name not in text and not name.endswith("_verdict")]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    return table.astype({name: "Int64" for name in numbers if name.startswith(("parameters_", "features_", "n_"))})


def to_markdown(table: pd.DataFrame, columns: list[str], caption: str, notes: list[str]) -> str:
    """Lay a comparison out as Markdown."""
    shown = _shown(table, columns, escape=lambda text: text.replace("|", "\\|"), strong=lambda text: f"**{text}**")
    return markdown_table(shown, caption, notes)


def to_latex(table: pd.DataFrame, columns: list[str], caption: str, notes: list[str], label: str) -> str:
    """Lay a comparison out as LaTeX."""
    shown = _shown(table, columns, escape=latex_text, strong=lambda text: f"\\textbf{{{text}}}")
    return latex_table(shown, caption, notes, label)


def to_html(table: pd.DataFrame, columns: list[str], caption: str) -> str:
    """Lay a comparison out as HTML: a table with a caption and titles in two levels.

    Cells may be wrapped, but not between ± and its number. A table of many columns has the class ``wide``.
    """
    shown = _shown(table, columns, escape=html.escape, strong=lambda text: f"<strong>{text}</strong>")
    shown = shown.replace("± ", "±\N{NO-BREAK SPACE}", regex=True)
    spans, upper, lower = [], [], []
    for title, group in groupby(shown.columns, key=lambda pair: pair[0]):
        parts = [html.escape(part) for _, part in group]
        spans.append(f'<colgroup span="{len(parts)}"></colgroup>')
        if title:
            upper.append(f'<th scope="colgroup" colspan="{len(parts)}">{html.escape(title)}</th>')
            lower += [f'<th scope="col">{part}</th>' for part in parts]
        else:
            upper += [f'<th scope="col" rowspan="2">{part}</th>' for part in parts]
    body = [
        f'<tr><th scope="row">{label}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for label, *cells in shown.to_numpy().tolist()
    ]
    return "\n".join(
        [
            '<table class="wide">' if len(shown.columns) > MANY_COLUMNS else "<table>",
            f"<caption>{html.escape(caption)}</caption>",
            "".join(spans),
            f"<thead>\n<tr>{''.join(upper)}</tr>\n<tr>{''.join(lower)}</tr>\n</thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "</table>",
        ]
    )


def _shown(
    table: pd.DataFrame, columns: list[str], escape: Callable[[str], str], strong: Callable[[str], str]
) -> pd.DataFrame:
    """Return the table as text, under two levels of titles; ``strong`` marks the best of our numbers."""
    shown = {("", "Experiment"): table["label"].map(escape)}
    for name in columns:
        shown |= _shown_column(table, name, escape, strong)
    shown["", "Verdict"] = table["verdict"].replace("", DASH).map(escape)
    return pd.DataFrame(shown)


def _shown_column(
    table: pd.DataFrame, name: str, escape: Callable[[str], str], strong: Callable[[str], str]
) -> dict[tuple[str, str], pd.Series]:
    """Return a column as text: paper, ours with its interval, and the differences, as far as they exist.

    If a row's numbers are not the paper's (a column ``source``), they were reported elsewhere, and no difference is
    given.
    """
    column = COLUMNS[name]
    rivals = table[table[PROTOCOL] != "by_video"] if PROTOCOL in table else table
    best = column.best((rivals if len(rivals) else table)[f"{name}_ours"]) if column.best else None

    def text(value: float, sign: str = "") -> str:
        return escape(number_text(value, column, sign))

    def ours(row: pd.Series) -> str:
        mean, sd, motion = (row.get(f"{name}_{part}") for part in ("ours", "sd", "motion"))
        shown = strong(text(mean)) if pd.notna(mean) and mean == best else text(mean)
        if pd.notna(sd):
            shown += f" {escape('±')} {text(sd)}"
        if pd.notna(motion):
            shown += f" ({text(motion)} + {text(row[f'{name}_network'])})"
        return shown

    def interval(row: pd.Series, part: str = "", sign: str = "") -> str:
        low, high = row[f"{name}_{part}low"], row[f"{name}_{part}high"]
        return escape(DASH) if pd.isna(low) else f"[{text(low, sign)}, {text(high, sign)}]"

    def versus(row: pd.Series) -> str:
        if pd.isna(row[f"{name}_versus"]):
            return escape("reference" if row["experiment"] in set(table["reference"]) else DASH)
        excludes_zero = row[f"{name}_versus_low"] > 0 or row[f"{name}_versus_high"] < 0
        mark = f" {escape(SURE)}" if excludes_zero else ""
        ends = "" if pd.isna(row[f"{name}_versus_low"]) else f" {interval(row, 'versus_', '+')}"
        return f"{text(row[f'{name}_versus'], '+')}{ends}{mark}"

    paper, sourced = table[f"{name}_paper"], "source" in table
    shown = {}
    if paper.notna().any():
        shown["reported" if sourced else "paper"] = paper.map(text)
    shown["ours"] = table.apply(ours, axis=1)
    if f"{name}_low" in table:
        shown["95%"] = table.apply(interval, axis=1)
    if paper.notna().any() and not sourced:
        shown["Δ"] = table[f"{name}_difference"].map(lambda value: text(value, "+"))
    if f"{name}_versus" in table:
        shown["against reference"] = table.apply(versus, axis=1)
    return {(column.title, part): texts for part, texts in shown.items()}


def number_text(value: float, column: Column, sign: str = "") -> str:
    """Format ``value`` in the column's unit and decimal places; a dash if it is missing."""
    if pd.isna(value):
        return DASH
    # A Python float, as NumPy rounds differently; adding 0 removes the minus sign of a zero.
    shown = f"{round(float(value) * column.scale, column.places) + 0:{sign},.{column.places}f}"
    return shown.replace("-", "−")
