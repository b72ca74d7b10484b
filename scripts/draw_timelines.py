"""Draw timelines of whole videos: truth, prediction and class probabilities over time."""

import argparse
from pathlib import Path
from typing import get_args

from cli import program, run
from signwild.configuration.sections.experiments.fused import FusionRule
from signwild.stages.figures.draw_timelines import draw_timelines


def work(args: argparse.Namespace) -> None:
    """Draw the timelines."""
    draw_timelines(args.windows, args.rule, args.segments, args.videos, args.title, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--windows", type=Path, nargs="+", required=True, help="tables of windows to put together")
    parser.add_argument("--rule", required=True, choices=get_args(FusionRule), help="how they are put together")
    parser.add_argument("--segments", type=Path, required=True, help="segments.parquet")
    parser.add_argument("--videos", type=int, required=True, help="how many videos")
    parser.add_argument("--title", required=True, help="which experiment it is")
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
