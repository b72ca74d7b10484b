"""Draw sample video frames of the three classes."""

import argparse
from pathlib import Path

from cli import program, run
from cli_sources import add_sources, source_videos
from signwild.stages.illustration.draw_classes import draw_classes


def work(args: argparse.Namespace) -> None:
    """Draw the sheet."""
    draw_classes(args.run, args.segments, source_videos(args), args.length, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--run", required=True, help="name of the run")
    parser.add_argument("--segments", type=Path, required=True, help="segments.parquet")
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    add_sources(parser)
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
