"""Draw held-out segments of one experiment, correct and wrong ones: frames, truth and class probabilities."""

import argparse
from pathlib import Path

from cli import program, run
from cli_sources import add_sources, source_videos
from signwild.stages.illustration.draw_segments import draw_segments


def work(args: argparse.Namespace) -> None:
    """Draw the strips."""
    draw_segments(args.predictions, source_videos(args), args.length, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--predictions", type=Path, required=True, help="predictions.parquet of one seed")
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    add_sources(parser)
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
