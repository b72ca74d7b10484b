"""Draw a contact sheet of a shard's people: thumbnails of each video with body and hands as skeletons."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.stages.descriptors.pose.draw_poses import draw_pose_sheet


def work(args: argparse.Namespace) -> None:
    """Draw the shard's sheet."""
    draw_pose_sheet(args.descriptor, args.store, args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--descriptor", type=Path, required=True, help="the shard's manifest of a descriptor of poses")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--output", type=Path, required=True, help="PNG file to write")
    run(parser, work, output="output")
