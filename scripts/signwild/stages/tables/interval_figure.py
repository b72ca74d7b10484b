"""Figure of a table: every row's number with its 95% interval over videos, and the paper's number."""

from itertools import zip_longest
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from signwild.drawing.png import save_png
from signwild.stages.tables.layout import COLUMNS

OURS, SINGLE, PAPER = "#1f4e79", "#9db4c8", "#c0392b"
PANEL, ROW = 3.4, 0.34
"""Width of a panel and height of a row, in inches."""

BELOW = 0.25
"""Distance of single values below their row, in rows."""

ABREAST = 3
"""Panels side by side, at most."""


def draw_intervals(
    table: pd.DataFrame,
    values: dict[str, pd.DataFrame],
    columns: list[str],
    caption: str,
    guess: dict[str, float],
    path: Path | str,
) -> None:
    """Draw a panel per column with a metric (every column if none has one), and a line per row of the table.

    ``table``: as ``compare_experiments.compare`` returns it. ``values``: by experiment, a row per seed and fold with
    the metrics, drawn as faint dots. ``guess``: chance by metric, if it is known.
    """
    shown = [name for name in columns if COLUMNS[name].metric] or columns
    abreast, above = min(len(shown), ABREAST), -(-len(shown) // ABREAST)
    longest = max(table["label"].str.len())
    size = (PANEL * abreast + 0.075 * longest, (ROW * len(table) + 0.6) * above + 0.9)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(above, abreast, sharey=True, squeeze=False)
    panels[0, 0].set_yticks(range(len(table)), table["label"])
    panels[0, 0].set_ylim(len(table) - 0.4, -0.6)
    for axes, name in zip_longest(panels.flat, shown):
        if name is None:
            axes.remove()
        else:
            _draw_panel(axes, table, values, name, guess.get(COLUMNS[name].metric))
    figure.suptitle(caption, fontsize="medium", wrap=True)
    marks = _legend(table, shown, guess)
    figure.legend(handles=marks, loc="outside lower center", ncols=2 if abreast == 1 else 5, fontsize="small")
    save_png(figure, path)


def _draw_panel(
    axes: Axes, table: pd.DataFrame, values: dict[str, pd.DataFrame], name: str, chance: float | None
) -> None:
    column = COLUMNS[name]
    if chance is not None:
        axes.axvline(chance * column.scale, color="black", linestyle=":", linewidth=1, zorder=1)
    for place, row in enumerate(table.to_dict("records")):
        if column.metric:
            single = values[row["experiment"]][column.metric] * column.scale
            below = [place + BELOW] * len(single)
            axes.plot(single, below, "o", color=SINGLE, markersize=3, alpha=0.6, markeredgewidth=0, zorder=2)
        low, high, ours, paper = (row.get(f"{name}_{part}") for part in ("low", "high", "ours", "paper"))
        if pd.notna(low):
            axes.plot([low * column.scale, high * column.scale], [place, place], color=OURS, linewidth=2.2, zorder=3)
        if pd.notna(ours):
            axes.plot(ours * column.scale, place, "o", color=OURS, markersize=6, zorder=4)
        if pd.notna(paper):
            axes.plot(paper * column.scale, place, "D", color=PAPER, markersize=6, markerfacecolor="white", zorder=5)
    axes.set_xlabel(column.title)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x", alpha=0.3)
    axes.tick_params(axis="y", length=0)


def _legend(table: pd.DataFrame, shown: list[str], guess: dict[str, float]) -> list[Line2D]:
    """Return the legend entries of the marks that occur in the figure."""
    metrics = [name for name in shown if COLUMNS[name].metric]
    marks = [Line2D([], [], color=OURS, marker="o", linestyle="none", label="ours")]
    if any(f"{name}_low" in table for name in shown):
        marks.append(Line2D([], [], color=OURS, linewidth=2.2, label="95% interval over videos"))
    if metrics:
        marks.append(
            Line2D([], [], color=SINGLE, marker="o", markersize=3, linestyle="none", label="one seed and fold")
        )
    if any(table[f"{name}_paper"].notna().any() for name in shown):
        label = "reported" if "source" in table else "paper"
        marks.append(Line2D([], [], color=PAPER, marker="D", markerfacecolor="white", linestyle="none", label=label))
    if any(COLUMNS[name].metric in guess for name in metrics):
        marks.append(Line2D([], [], color="black", linestyle=":", linewidth=1, label="chance"))
    return marks
