"""Draw the framework of an experiment and its recurrent networks over time, after the paper's figures 2 and 3."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.drawing.png import save_png
from signwild.stages.figures.draw_network import Framework, framework_figure, unrolled_figure


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument(
        "--framework",
        required=True,
        type=Framework.model_validate_json,
        help="JSON: experiment, branches ({source, stream or descriptor, layer, network}), rule of their fusion or "
        "null, weights (as they are called), image_size, length (samples of a segment), sample_rate",
    )
    options.add_argument("--figures", required=True, type=Path, help="folder of the pictures")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Draw figure_2.png and figure_3.png."""
    save_png(framework_figure(arguments.framework), arguments.figures / "figure_2.png")
    save_png(unrolled_figure(arguments.framework), arguments.figures / "figure_3.png")


if __name__ == "__main__":
    run(parser(), work, output="figures")
