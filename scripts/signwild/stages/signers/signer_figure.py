"""Figure of the accuracy of each person: a panel for each experiment, the persons in one order."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from signwild.base.classes import CLASSES
from signwild.configuration.sections.segments import GroupBy
from signwild.drawing.colors import CLASS_COLORS
from signwild.drawing.png import save_png

SEVERAL = "#6a3d9a"
"""Colour of a person with segments of several classes."""

WIDTH, PANEL = 9.0, 2.0
"""Width of the figure and height of a panel, in inches."""

MOST_NAMES = 60
"""Number of persons up to which each is named below the last panel."""


def draw_signers(table: pd.DataFrame, group_by: GroupBy, path: Path | str) -> None:
    """Draw the rows of ``compare_signers``: each person's accuracy with its interval, in the colour of the class.

    The persons of all panels are sorted by their accuracy in the first.
    """
    panels = dict(list(table.groupby("experiment", sort=False)))
    first = next(iter(panels.values())).sort_values(["accuracy", "segments", "group"], ascending=[True, False, True])
    place = {group: number for number, group in enumerate(first["group"])}
    figure = Figure(figsize=(WIDTH, PANEL * len(panels) + 1.4), layout="constrained")
    all_axes = figure.subplots(len(panels), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, own in zip(all_axes, panels.values(), strict=True):
        _draw_panel(axes, own, own["group"].map(place))
    last = all_axes[-1]
    last.set_xlim(-1, len(place))
    last.set_ylim(-4, 104)
    if len(place) <= MOST_NAMES:
        last.set_xticks(range(len(place)), list(place), rotation=90, fontsize="x-small")
    else:
        last.set_xlabel(f"{group_by}s, by accuracy in the first panel")
    figure.supylabel("accuracy (%)", fontsize="medium")
    figure.legend(handles=_legend(table), loc="outside lower center", ncols=6, fontsize="small", frameon=False)
    save_png(figure, path)


def _draw_panel(axes: Axes, own: pd.DataFrame, places: pd.Series) -> None:
    colors = own["classes"].map(lambda classes: CLASS_COLORS.get(classes, SEVERAL))
    axes.vlines(places, 100 * own["low"], 100 * own["high"], color=colors, linewidth=1, alpha=0.45)
    axes.scatter(places, 100 * own["accuracy"], c=colors, s=14, zorder=3)
    axes.axhline(100 * own["accuracy"].mean(), color="black", linestyle="--", linewidth=1)
    axes.set_title(own["label"].iloc[0], fontsize="small", loc="left")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(table: pd.DataFrame) -> list[Line2D]:
    """Return the entries of the marks that occur in the figure."""
    found = set(table["classes"])
    colors = {name: CLASS_COLORS[name] for name in CLASSES if name in found}
    if found - set(CLASSES):
        colors["several classes"] = SEVERAL
    dots = [
        Line2D([], [], color=color, marker="o", markersize=4, linestyle="none", label=name)
        for name, color in colors.items()
    ]
    interval = Line2D([], [], color="grey", linewidth=1, label="Wilson's 95% interval")
    return [*dots, interval, Line2D([], [], color="black", linestyle="--", linewidth=1, label="mean")]
