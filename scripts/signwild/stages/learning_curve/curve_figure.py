"""Figure of the learning curve: accuracy by the number of training persons, a line with a band for each experiment."""

from itertools import cycle
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from signwild.configuration.sections.segments import GroupBy
from signwild.drawing.png import save_png

LINES = ("#1f4e79", "#b8561b", "#2e7d4f", "#6a3d9a", "#8a6d00", "#555555")
MARKERS = ("o", "s", "^", "D", "v", "P")
"""Colours and marks of the experiments, in order."""

SIZE = (7.5, 4.8)
"""Width and height in inches."""


def draw_curve(table: pd.DataFrame, group_by: GroupBy, path: Path | str) -> None:
    """Draw the rows of ``compare_shares``: a line through the shares, its 95% band, and a faint dot for each draw."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.axhline(100 * table["chance_accuracy"].iloc[0], color="black", linestyle=":", linewidth=1)
    marks = []
    experiments = table.groupby("experiment", sort=False)
    for (_, own), color, marker in zip(experiments, cycle(LINES), cycle(MARKERS), strict=False):
        _draw_experiment(axes, own, color, marker)
        marks.append(Line2D([], [], color=color, marker=marker, markersize=5, label=own["label"].iloc[0]))
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{group_by}s to train on (mean over folds and draws)")
    axes.set_ylabel("accuracy on held-out segments (%)")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    marks += [
        Patch(color="grey", alpha=0.2, linewidth=0, label=f"95% interval over {group_by}s"),
        Line2D([], [], color="grey", marker="o", markersize=3, alpha=0.6, linestyle="none", label="one draw"),
        Line2D([], [], color="black", linestyle=":", linewidth=1, label="most frequent class"),
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=2, fontsize="small", frameon=False)
    save_png(figure, path)


def _draw_experiment(axes: Axes, own: pd.DataFrame, color: str, marker: str) -> None:
    persons = own["training_groups"]
    axes.fill_between(persons, 100 * own["low"], 100 * own["high"], color=color, alpha=0.13, linewidth=0)
    for name in [name for name in own if name.startswith("draw_")]:
        axes.plot(persons, 100 * own[name], "o", color=color, markersize=3, alpha=0.45, markeredgewidth=0)
    axes.plot(persons, 100 * own["accuracy"], color=color, marker=marker, markersize=5, linewidth=1.8)
