"""Draw segments in two dimensions, by the features that an experiment reads."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from cli import program, run
from signwild.stages.illustration.draw_tsne import Panel, draw_tsne


def work(args: argparse.Namespace) -> None:
    """Draw a panel for each source of features."""
    draw_tsne(args.panels, args.title, args.segments, args.length, args.store, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    panels = TypeAdapter(list[Panel]).validate_json
    parser.add_argument("--panels", type=panels, required=True, help="JSON: the trained experiments and their features")
    parser.add_argument("--title", required=True, help="which experiment it is")
    parser.add_argument("--segments", type=Path, required=True, help="segments.parquet")
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
