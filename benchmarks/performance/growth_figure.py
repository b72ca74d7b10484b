"""Figure docs/growth.svg: the time of stages at 1, 2, 4 and 8 times the input, drawn from the page's table."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from performance.stages import TIMES
from signwild.base.files import written_whole

COLUMNS, PANEL = 3, (2.6, 1.9)
"""Number of panels in a row, and the size of one in inches."""


def draw_growth(rows: list[dict[str, str]], path: Path) -> None:
    """Draw one panel per stage: its time at each size of input, beside the line of proportional growth."""
    lines = -(-len(rows) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * PANEL[0], lines * PANEL[1]), layout="constrained")
    panels = figure.subplots(lines, COLUMNS, sharex=True, squeeze=False).ravel()
    for row, axes in zip(rows, panels, strict=False):
        seconds = [float(row[f"{times}, CPU s"]) for times in TIMES]
        axes.plot(TIMES, [seconds[0] * times for times in TIMES], color="#7f8c99", linestyle="--", linewidth=1)
        axes.plot(TIMES, seconds, color="#1f5fa8", marker="o", markersize=4)
        axes.set_title(row["stage"], fontsize=9)
        axes.set_xticks(TIMES)
        axes.set_ylim(0)
        axes.tick_params(labelsize=8)
        axes.text(0.04, 0.9, f"1 is {row['1 time is']}", transform=axes.transAxes, fontsize=7, va="top")
    for axes in panels[len(rows) :]:
        axes.axis("off")
    figure.supxlabel("times the input", fontsize=9)
    figure.supylabel("seconds of all processors", fontsize=9)
    with mpl.rc_context({"svg.hashsalt": "growth"}), written_whole(path) as temporary:
        FigureCanvasSVG(figure).print_svg(temporary, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
