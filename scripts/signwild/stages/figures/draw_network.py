"""Pictures of a run's framework and its recurrent networks, after the paper's figures 2 and 3."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Patch, Polygon, Rectangle
from pydantic import BaseModel

from signwild.base.classes import CLASSES
from signwild.cli.program import run_function
from signwild.configuration.sections.descriptor import Descriptor
from signwild.configuration.sections.features import BACKBONES, BackboneName, Layer
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.stream import Stream
from signwild.drawing.png import save_png

TRAINED, FIXED, CODES = "#bcd2ea", "white", "#f6e3b4"
INK = "#222222"
SMALL, NORMAL = 7.5, 8.5
GAP = 0.24
"""Length of an arrow between two parts, in inches, like all lengths here."""

ROW, BAR = 2.3, 1.5
"""Height of a branch, and of the bars that represent its layers."""

_RULES = {"mean": "mean", "product": "product", "max": "maximum"}
_LAYERS = {"fc1": "fc1", "block5": "block 5", "final": "its last layer", "last_block": "its last block"}

_DESCRIBED = {"profiles": "faces and\npolar motion\nprofiles", "pose": "person's\npoints"}

CELL, STEP = (0.72, 0.46), (1.12, 0.86)
"""Size of a cell of the unrolled network, and the distance from one to the next."""

WIDTH = 5.0
"""Minimum width of a panel, needed for its title and text."""

SHOWN_STEPS = 6
"""Longer sequences are drawn as their first three and last two timesteps."""


class Branch(BaseModel):
    """From samples to class probabilities: input, perhaps some columns of it, the network's weights, and network."""

    source: str
    stream: Stream | None
    descriptor: Descriptor | None
    columns: list[int] | None = None
    backbone: BackboneName | None = "vgg16"
    layer: Layer | None
    weights: str
    network: Network


class Framework(BaseModel):
    """An experiment as it is drawn: its branches, and the rule that fuses them if there is more than one."""

    experiment: str
    branches: list[Branch]
    rule: str | None
    image_size: int
    length: int
    sample_rate: int


def draw_network(framework: Framework, figures: Path) -> None:
    """Draw an experiment's framework and its recurrent networks over time as figure_2.png and figure_3.png."""
    save_png(framework_figure(framework), figures / "figure_2.png")
    save_png(unrolled_figure(framework), figures / "figure_3.png")


def framework_figure(framework: Framework) -> Figure:
    """Draw the path from images to a class: a row for each branch; trained parts are shaded (paper figure 2)."""
    rows = len(framework.branches)
    height = ROW * rows
    middle = height / 2
    figure, axes = _canvas()
    ends = [
        _draw_branch(axes, framework, branch, height - ROW * (number + 0.5))
        for number, branch in enumerate(framework.branches)
    ]
    right = max(x for x, _ in ends)
    for x, y in ends:
        _arrow(axes, (x, y), (right + GAP, y))
    x = right + GAP
    if framework.rule:
        words = f"decision fusion: {_RULES[framework.rule]}"
        _bar(axes, x, middle, words, height=height - ROW + BAR, width=0.42)
        x += 0.42
        _arrow(axes, (x, middle), (x + GAP, middle))
        x += GAP
    axes.text(x + 0.06, middle, "\n".join(CLASSES), ha="left", va="center", fontsize=NORMAL, linespacing=1.5)
    segment = f"segments of {framework.length} samples at {framework.sample_rate} Hz"
    axes.set_title(f"{framework.experiment}: {segment}", fontsize=10, color=INK, pad=8)
    handles = [
        Patch(facecolor=TRAINED, edgecolor=INK, label="trained"),
        Patch(facecolor=FIXED, edgecolor=INK, label="not trained"),
        Patch(facecolor=CODES, edgecolor=INK, label="what is read of each sample"),
    ]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncol=3, frameon=False, fontsize=SMALL)
    return _fitted(figure, axes, x + 0.85, (0, height))


def unrolled_figure(framework: Framework) -> Figure:
    """Draw the recurrent networks over their timesteps, a panel for each distinct one (paper figure 3)."""
    alike: dict[tuple, list[Branch]] = {}
    for branch in framework.branches:
        network = branch.network
        recurrent = (network.layers, network.units, network.cell_dropout) if network.cell != "statistics" else ()
        alike.setdefault((network.cell, *recurrent), []).append(branch)
    figure, axes = _canvas()
    floor = right = 0.0
    for branches in alike.values():
        height = drawn_rows(branches[0].network) * STEP[1] + 1.0
        right = max(right, _draw_steps(axes, framework, branches, floor - height))
        floor -= height + ROW / 6
    return _fitted(figure, axes, right, (floor + ROW / 6, 0))


def code_size(branch: Branch, image_size: int) -> int:
    """Return the number of values read from each sample."""
    if branch.descriptor is not None:
        return len(branch.columns) if branch.columns else branch.descriptor.width
    return BACKBONES[branch.backbone].width(branch.layer, image_size)


def input_words(branch: Branch) -> tuple[str, int]:
    """Return the network's input at a sample, in words, and its number of channels."""
    stream = branch.stream
    steps = 0 if stream.kind == "rgb" else stream.before + stream.after
    if stream.kind == "flow":
        fields = steps + stream.wrap_around
        return f"optical flow:\n{fields} fields", 3 * fields
    if stream.kind == "mhi":
        return f"motion history\nof {steps + 1} frames", 1
    if stream.kind == "difference":
        return (f"{steps} differences", steps) if stream.form == "stack" else (f"sum of\n{steps} differences", 1)
    return "images", 3


def drawn_layers(network: Network) -> list[tuple[str, bool]]:
    """Return the layers of a network from inputs to probabilities, each with its text and whether it is trained.

    Layers that are switched off are left out.
    """
    if network.cell == "statistics":
        layers = [("mean, deviation, change", False)]
    else:
        dropout = f"\ndropout {network.cell_dropout:g} on inputs" if network.cell_dropout else ""
        layers = [(f"{network.cell.upper()}, {network.units:,} units{dropout}", True)] * network.layers
    if network.batch_normalisation:
        layers.append(("batch normalisation", True))
    if network.dense_units:
        layers.append((f"dense, {network.dense_units:,} ReLU", True))
    if network.dropout:
        layers.append((f"dropout {network.dropout:g}", False))
    return [*layers, (f"softmax, {len(CLASSES)} classes", True)]


def drawn_rows(network: Network) -> int:
    """Return the number of rows of an unrolled network: its recurrent layers, or one for a segment's statistics."""
    return 1 if network.cell == "statistics" else network.layers


def _draw_branch(axes: Axes, framework: Framework, branch: Branch, y: float) -> tuple[float, float]:
    """Draw one branch centred at the height ``y``; return where it ends."""
    x = _draw_source(axes, framework, branch, y)
    _arrow(axes, (x, y), (x + GAP, y))
    x += GAP
    _bar(axes, x, y, "", width=0.2, color=CODES)
    size = f"{framework.length} × {code_size(branch, framework.image_size):,}"
    axes.text(x + 0.1, y - BAR / 2 - 0.08, size, ha="center", va="top", fontsize=SMALL)
    x += 0.2
    for words, trained in drawn_layers(branch.network):
        _arrow(axes, (x, y), (x + GAP, y))
        width = 0.52 if "\n" in words else 0.36
        _bar(axes, x + GAP, y, words, width=width, color=TRAINED if trained else FIXED)
        x += GAP + width
    return x, y


def _draw_source(axes: Axes, framework: Framework, branch: Branch, y: float) -> float:
    """Draw what comes before the codes, from x = 0; return where it ends."""
    middle, side, shift = 0.62, 0.6, 0.08
    for number in (2, 1, 0):
        corner = (middle - side / 2 + (number - 1) * shift, y - side / 2 + (number - 1) * shift)
        axes.add_patch(Rectangle(corner, side, side, facecolor="#dddddd", edgecolor=INK, linewidth=0.8))
    if branch.descriptor is not None:
        words, size, box = "source video", "", _DESCRIBED[branch.descriptor.kind]
    else:
        (words, channels), pixels = input_words(branch), framework.image_size
        size = f"{pixels} × {pixels} × {channels}"
        title, plain = BACKBONES[branch.backbone].title, branch.layer.removesuffix("_gap")
        layer = _LAYERS[plain] + (",\nchannel means" if plain != branch.layer else "")
        box = f"{title}\nup to {layer}\n\n{branch.weights}"
    axes.text(middle, y + 0.5, words, ha="center", va="bottom", fontsize=NORMAL)
    axes.text(middle, y - 0.5, size, ha="center", va="top", fontsize=SMALL)
    axes.text(0, y + BAR / 2 + 0.14, branch.source, ha="left", va="bottom", fontsize=NORMAL, fontweight="bold")
    x = middle + side / 2 + shift
    _arrow(axes, (x, y), (x + GAP, y))
    x += GAP
    width, narrow = 1.42, 0.5
    corners = [(x, y - BAR / 2), (x, y + BAR / 2), (x + width, y + narrow), (x + width, y - narrow)]
    axes.add_patch(Polygon(corners, facecolor=FIXED, edgecolor=INK, linewidth=1))
    axes.text(x + width / 2, y, box, ha="center", va="center", fontsize=NORMAL)
    return x + width


def _draw_steps(axes: Axes, framework: Framework, branches: list[Branch], floor: float) -> float:
    """Draw one unrolled network upwards from ``floor``; return its right edge."""
    network, length = branches[0].network, framework.length
    steps = list(range(1, length + 1)) if length <= SHOWN_STEPS else [1, 2, 3, None, length - 1, length]
    left, bottom = 0.75, floor + 0.95
    columns = [left + STEP[0] * number + CELL[0] / 2 for number in range(len(steps))]
    rows = [bottom + STEP[1] * number for number in range(drawn_rows(network))]
    if network.cell == "statistics":
        left, width = columns[0] - CELL[0] / 2, columns[-1] - columns[0] + CELL[0]
        axes.add_patch(Rectangle((left, bottom - CELL[1] / 2), width, CELL[1], facecolor=FIXED, edgecolor=INK))
        words = "mean\ndeviation\nchange"  # no wider than one timestep
        axes.text(left + width / 2, bottom, words, ha="center", va="center", fontsize=SMALL)
    else:
        _draw_cells(axes, network, steps, columns, rows)
    for x, step in zip(columns, steps, strict=True):
        if step:
            axes.text(x, bottom - CELL[1] / 2 - 0.28, f"$x_{{{step}}}$", ha="center", va="top", fontsize=11)
            _arrow(axes, (x, bottom - CELL[1] / 2 - 0.26), (x, bottom - CELL[1] / 2))
    top = rows[-1] + CELL[1] / 2
    _arrow(axes, (columns[-1], top), (columns[-1], top + 0.24))
    axes.text(columns[-1], top + 0.25, "$y$", ha="center", va="bottom", fontsize=11)
    codes = sorted({code_size(one, framework.image_size) for one in branches})
    names, sizes = ", ".join(branch.source for branch in branches), " or ".join(f"{size:,}" for size in codes)
    if network.cell == "statistics":
        title, outputs = f"{names}: statistics", " or ".join(f"{3 * size:,}" for size in codes)
    else:
        title = f"{names}: {network.layers} {network.cell.upper()} layer{'s' * (network.layers > 1)}"
        title, outputs = f"{title} of {network.units:,} units", f"{network.units:,}"
    axes.text(0, top + 0.46, f"{title}, {length} timesteps", ha="left", va="bottom", fontsize=10)
    words = f"$x_i$: {sizes} values a sample; $y$: {outputs} values"
    if network.cell != "statistics" and network.cell_dropout:
        words += f"; dropout {network.cell_dropout:g} on the inputs of each layer"
    axes.text(0, floor, words, ha="left", va="bottom", fontsize=SMALL + 0.5)
    return max(columns[-1] + CELL[0] / 2 + 0.1, WIDTH)


def _draw_cells(axes: Axes, network: Network, steps: list[int | None], columns: list[float], rows: list[float]) -> None:
    """Draw the cells of all recurrent layers at each timestep; None marks left-out steps."""
    for layer, y in enumerate(rows, start=1):
        axes.text(0, y, f"layer {layer}", ha="left", va="center", fontsize=NORMAL)
        for x, following, step in zip(columns, [*columns[1:], None], steps, strict=True):
            if step is None:
                axes.text(x, y, "· · ·", ha="center", va="center", fontsize=12)
            else:
                _cell(axes, x, y, f"{network.cell.upper()}\n{network.units:,}")
                if layer < network.layers:
                    _arrow(axes, (x, y + CELL[1] / 2), (x, y + STEP[1] - CELL[1] / 2))
            if following:
                _arrow(axes, (x + CELL[0] / 2, y), (following - CELL[0] / 2, y))


def _canvas() -> tuple[Figure, Axes]:
    figure = Figure()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    return figure, axes


def _fitted(figure: Figure, axes: Axes, right: float, up: tuple[float, float]) -> Figure:
    """Fit the figure to what is drawn from 0 to ``right``, with a margin, so a unit is an inch; return it."""
    margin = 0.35
    width, height = right + 2 * margin, up[1] - up[0] + 2 * margin
    figure.set_size_inches(width, height)
    figure.set_dpi(130)
    axes.set_position((margin / width, margin / height, 1 - 2 * margin / width, 1 - 2 * margin / height))
    axes.set(xlim=(0, right), ylim=up)
    return figure


def _bar(
    axes: Axes, x: float, y: float, words: str, height: float = BAR, width: float = 0.36, color: str = FIXED
) -> None:
    """Draw a layer as an upright bar, from ``x`` on and centred at ``y``, with its text along it."""
    axes.add_patch(Rectangle((x, y - height / 2), width, height, facecolor=color, edgecolor=INK, linewidth=1))
    axes.text(x + width / 2, y, words, ha="center", va="center", rotation=90, fontsize=SMALL, multialignment="center")


def _cell(axes: Axes, x: float, y: float, words: str) -> None:
    corner = (x - CELL[0] / 2, y - CELL[1] / 2)
    axes.add_patch(Rectangle(corner, *CELL, facecolor=TRAINED, edgecolor=INK, linewidth=1))
    axes.text(x, y, words, ha="center", va="center", fontsize=SMALL)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "mutation_scale": 8, "shrinkA": 0, "shrinkB": 0, "linewidth": 0.9, "color": INK}
    axes.add_patch(FancyArrowPatch(start, end, **style))


if __name__ == "__main__":
    run_function(draw_network, lock="figures")
