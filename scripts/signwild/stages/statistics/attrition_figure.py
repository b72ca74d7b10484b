"""Figure of a data set's available and lost videos, with the reasons: one bar per class, and one for all."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from signwild.base.classes import CLASSES
from signwild.base.paper_facts import VIDEOS
from signwild.drawing.png import save_png

COLORS = {"available": "#1f4e79", "lost": "#c0392b", "not yet": "#e6a23c", "unusable": "#7d6b91", "left out": "#b8b8b8"}
SHADE = 0.5
"""Fraction by which the colour of a group's last reason is lightened towards white."""

BAR_HEIGHT = 0.72
NARROW = 0.035
"""Parts narrower than this share of the longest bar are drawn without a number."""


def draw_attrition(table: pd.DataFrame, of_paper: bool, path: Path | str) -> None:
    """Draw a table that ``describe_attrition.count_videos`` returned; ``of_paper``: mark the paper's count."""
    bars = ["videos", *reversed(CLASSES)]
    rows = table[:-1]
    longest = max(int(rows["videos"].sum()), VIDEOS if of_paper else 0, 1)
    figure = Figure(figsize=(9, 3.6 + 0.09 * len(rows)), layout="constrained")
    axes = figure.subplots()
    starts = dict.fromkeys(bars, 0)
    for row, color in zip(rows.to_dict("records"), _colors(rows["group"]), strict=True):
        label = f"{row['group']}: {row['title']} ({row['videos']:,})"
        counts = [row[name] for name in bars]
        axes.barh(bars, counts, BAR_HEIGHT, left=list(starts.values()), color=color, edgecolor="white", label=label)
        for place, (name, count) in enumerate(zip(bars, counts, strict=True)):
            if count > NARROW * longest:
                dark = sum(color[:3]) < 1.6
                at = starts[name] + count / 2
                axes.text(at, place, f"{count:,}", ha="center", va="center", color="white" if dark else "black")
            starts[name] += count
    if of_paper:
        axes.plot([VIDEOS, VIDEOS], [-0.5, 0.5], color="black", linestyle="--", label=f"the paper's {VIDEOS:,}")
    axes.set_yticks(range(len(bars)), ["all", *reversed(CLASSES)])
    axes.set_xlim(0, 1.03 * longest)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("videos")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, fontsize="small", frameon=False)
    save_png(figure, path)


def _colors(groups: pd.Series) -> list[tuple[float, float, float]]:
    """Return a colour for each row: the colour of its group, lighter from one reason to the next."""
    place, size = groups.groupby(groups).cumcount(), groups.map(groups.value_counts())
    mixed = []
    for group, number, count in zip(groups, place, size, strict=True):
        share = SHADE * number / max(1, count - 1)
        parts = [int(COLORS[group][at : at + 2], 16) / 255 for at in (1, 3, 5)]
        mixed.append(tuple(part + (1 - part) * share for part in parts))
    return mixed
