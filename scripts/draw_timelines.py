"""Draw whole videos by the second: truth, prediction and class probabilities."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.timeline_figure import draw_timelines


def work(args: argparse.Namespace) -> None:
    """Draw the timelines."""
    draw_timelines(args.windows, args.title, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--windows", type=Path, required=True, help="windows.parquet")
    parser.add_argument("--title", required=True, help="which experiment it is")
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
