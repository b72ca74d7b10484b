"""The layout of a comparison: its columns, and its text as Markdown and LaTeX."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

DASH = "–"


@dataclass(frozen=True)
class Column:
    """How a column is shown: its title, decimal places, factor, and which of ours is the best.

    ``metric`` is the name of its numbers among those of ``metrics.evaluate``, where it holds such; ``units`` are
    the tables that can have it: of segments, of whole videos.
    """

    title: str
    places: int
    scale: int = 1
    best: Callable[[pd.Series], float] | None = None
    metric: str | None = None
    units: tuple[str, ...] = ("segment", "video")


SEGMENTS, VIDEOS = ("segment",), ("video",)

COLUMNS = {
    "loss": Column("Loss", 4, best=pd.Series.min, metric="loss", units=SEGMENTS),
    "accuracy": Column("Accuracy (%)", 2, scale=100, best=pd.Series.max, metric="accuracy"),
    "precision": Column("Precision (%)", 2, scale=100, best=pd.Series.max, metric="precision_macro", units=SEGMENTS),
    "precision_signing": Column(
        "Precision of signing (%)", 2, scale=100, best=pd.Series.max, metric="precision_signing", units=VIDEOS
    ),
    "recall_signing": Column(
        "Recall of signing (%)", 2, scale=100, best=pd.Series.max, metric="recall_signing", units=VIDEOS
    ),
    "f1_signing": Column("F1 signing", 3, best=pd.Series.max, metric="f1_signing"),
    "parameters": Column("Trainable parameters", 0),
    "forward_time_ms": Column("Forward time (ms)", 1, best=pd.Series.min),
}


def columns_of(unit: str) -> list[str]:
    """Names of the columns that a table of ``unit`` (segment or video) can have."""
    return [name for name, column in COLUMNS.items() if unit in column.units]


def to_markdown(table: pd.DataFrame, columns: list[str], caption: str, notes: list[str]) -> str:
    """Lay a comparison out as Markdown."""
    shown = _shown(table, columns, escape=lambda text: text.replace("|", "\\|"), strong=lambda text: f"**{text}**")
    return markdown_table(shown, caption, notes)


def markdown_table(shown: pd.DataFrame, caption: str, notes: list[str]) -> str:
    """Text under two levels of titles as Markdown, in columns of even width so that it also reads as plain text."""
    header = [", ".join(part for part in title if part) for title in shown.columns]
    lines = [header, *shown.to_numpy().tolist()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    lines.insert(1, ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)])
    body = ["| " + " | ".join(_padded(line, widths)) + " |" for line in lines]
    return "\n\n".join([f"**{caption}**", "\n".join(body), *notes]) + "\n"


def to_latex(table: pd.DataFrame, columns: list[str], caption: str, notes: list[str], label: str) -> str:
    """Lay a comparison out as LaTeX."""
    shown = _shown(table, columns, escape=_tex, strong=lambda text: f"\\textbf{{{text}}}")
    return latex_table(shown, caption, notes, label)


def latex_table(shown: pd.DataFrame, caption: str, notes: list[str], label: str) -> str:
    """LaTeX text under two levels of titles as a float; the document needs the package booktabs."""
    shown = shown.copy()
    shown.columns = pd.MultiIndex.from_tuples([tuple(map(_tex, title)) for title in shown.columns])
    layout = "l" + "r" * (shown.shape[1] - 1)
    tabular = shown.style.hide(axis="index").to_latex(hrules=True, multicol_align="c", column_format=layout)
    return "\n".join(
        [
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{_tex(caption)}}}",
            f"\\label{{{label}}}",
            tabular.rstrip("\n"),
            *(f"\\par\\smallskip\\footnotesize {_tex(note)}" for note in notes),
            "\\end{table}\n",
        ]
    )


def _shown(
    table: pd.DataFrame, columns: list[str], escape: Callable[[str], str], strong: Callable[[str], str]
) -> pd.DataFrame:
    """The table as text, under two levels of titles; ``strong`` marks the best of ours."""
    shown = {("", "Experiment"): table["label"].map(escape)}
    for name in columns:
        shown |= _shown_column(table, name, escape, strong)
    shown["", "Verdict"] = table["verdict"].replace("", DASH).map(escape)
    return pd.DataFrame(shown)


def _shown_column(
    table: pd.DataFrame, name: str, escape: Callable[[str], str], strong: Callable[[str], str]
) -> dict[tuple[str, str], pd.Series]:
    """Paper, ours and the difference of one column, as text; ours alone where the paper has no number.

    Where a row's numbers are not the paper's (a column ``source``), they are what was reported elsewhere, and there
    is no difference to speak of.
    """
    column = COLUMNS[name]
    best = column.best(table[f"{name}_ours"]) if column.best else None

    def text(value: float, sign: str = "") -> str:
        return escape(_number(value, column, sign))

    def ours(row: pd.Series) -> str:
        mean, sd, motion = (row.get(f"{name}_{part}") for part in ("ours", "sd", "motion"))
        shown = strong(text(mean)) if pd.notna(mean) and mean == best else text(mean)
        if pd.notna(sd):
            shown += f" {escape('±')} {text(sd)}"
        if pd.notna(motion):
            shown += f" ({text(motion)} + {text(row[f'{name}_network'])})"
        return shown

    if table[f"{name}_paper"].isna().all():
        return {(column.title, "ours"): table.apply(ours, axis=1)}
    if "source" in table:
        return {
            (column.title, "reported"): table[f"{name}_paper"].map(text),
            (column.title, "ours"): table.apply(ours, axis=1),
        }
    return {
        (column.title, "paper"): table[f"{name}_paper"].map(text),
        (column.title, "ours"): table.apply(ours, axis=1),
        (column.title, "Δ"): table[f"{name}_difference"].map(lambda value: text(value, "+")),
    }


def _number(value: float, column: Column, sign: str = "") -> str:
    """``value`` in the column's unit and places; a dash where it is missing."""
    if pd.isna(value):
        return DASH
    shown = f"{round(value * column.scale, column.places) + 0:{sign},.{column.places}f}"
    return shown.replace("-", "−")


def _padded(line: list[str], widths: list[int]) -> list[str]:
    return [
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def _tex(text: str) -> str:
    """Escape what LaTeX would take as a command, and write our few symbols in any engine's way."""
    return text.translate(_TEX)


_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
        "±": r"$\pm$",
        "−": "$-$",
        "≥": r"$\geq$",
        "–": "--",
        "Δ": r"$\Delta$",
    }
)
