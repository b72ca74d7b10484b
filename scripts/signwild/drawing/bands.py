"""Bands in the classes' colours."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from signwild.drawing.colors import CLASS_COLORS


def add_legend(figure: Figure) -> None:
    """Name the colours of the classes below a figure."""
    legend = [Patch(color=color, label=name) for name, color in CLASS_COLORS.items()]
    figure.legend(handles=legend, loc="outside lower center", ncols=len(legend), frameon=False)


def draw_spans(
    axes: Axes,
    names: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    band: tuple[float, float],
    linewidth: float = 0,
) -> None:
    """Draw a bar in its class's colour for each span, between the heights of ``band``; none if the class is empty.

    ``names``, ``starts``, ``ends``: (n,) each. A ``linewidth`` in points keeps very short spans visible, those of the
    first class above the others.
    """
    for name, color in reversed(CLASS_COLORS.items()):
        own = names == name
        spans = list(zip(starts[own], (ends - starts)[own], strict=True))
        axes.broken_barh(spans, (band[0], band[1] - band[0]), color=color, linewidth=linewidth)
