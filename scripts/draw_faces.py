"""Draw a contact sheet of a shard's faces: thumbnails of each video with the detectors' boxes."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.stages.faces.draw_faces import draw_face_sheet


def work(args: argparse.Namespace) -> None:
    """Draw the shard's sheet."""
    draw_face_sheet(args.faces, args.store, args.detectors, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="the shard's faces manifest")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--detectors", nargs="+", required=True, help="names of the detectors that were used")
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
