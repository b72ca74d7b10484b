"""Tables as Markdown and LaTeX text, and the three files of a table."""

from pathlib import Path

import pandas as pd

from signwild.base.files import write_text, written_whole

SURE = "∗"
"""Mark of a difference whose 95% interval excludes 0."""

BEST = "Bold: our best."
"""The note below a table with bold numbers."""


def markdown_table(shown: pd.DataFrame, caption: str, notes: list[str]) -> str:
    """Return text under two levels of titles as Markdown, in columns of even width so it also reads as plain text."""
    header = [", ".join(part for part in title if part) for title in shown.columns]
    lines = [header, *shown.to_numpy().tolist()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    lines.insert(1, ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)])
    body = ["| " + " | ".join(_padded(line, widths)) + " |" for line in lines]
    return "\n\n".join([f"**{caption}**", "\n".join(body), *notes]) + "\n"


def latex_table(shown: pd.DataFrame, caption: str, notes: list[str], label: str) -> str:
    """Return text under two levels of titles as a LaTeX float, no wider than the text.

    The document needs the packages booktabs and graphicx.
    """
    shown = shown.copy()
    shown.columns = pd.MultiIndex.from_tuples([tuple(map(latex_text, title)) for title in shown.columns])
    layout = "l" + "r" * (shown.shape[1] - 1)
    tabular = shown.style.hide(axis="index").to_latex(hrules=True, multicol_align="c", column_format=layout)
    return "\n".join(
        [
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{latex_text(caption)}}}",
            f"\\label{{{label}}}",
            "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%",
            tabular.rstrip("\n") + "}",
            *(f"\\par\\smallskip\\footnotesize {latex_text(note)}" for note in notes),
            "\\end{table}\n",
        ]
    )


def write_table_forms(
    table: pd.DataFrame, shown: pd.DataFrame, caption: str, notes: list[str], output_stem: Path
) -> None:
    """Write a table's numbers as .csv, and its ``shown`` form (text under two levels of titles) as .md and .tex."""
    with written_whole(output_stem.with_suffix(".csv")) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    write_text(output_stem.with_suffix(".md"), markdown_table(shown, caption, notes))
    write_text(output_stem.with_suffix(".tex"), latex_table(shown, caption, notes, f"tab:{output_stem.name}"))


def _padded(line: list[str], widths: list[int]) -> list[str]:
    return [
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def latex_text(text: str) -> str:
    """Escape what LaTeX would take as a command, and write our few symbols so that any engine accepts them."""
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
        SURE: r"$\ast$",
    }
)
