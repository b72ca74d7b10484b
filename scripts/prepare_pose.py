"""Fetch MediaPipe's networks of body and hands from the package index if they are missing, and list them."""

import argparse
from pathlib import Path

import pandas as pd

from cli import program, run
from signwild.base.files import write_table
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.stages.weights.packaged_pose import FOLDER, packaged_pose


def work(args: argparse.Namespace) -> None:
    """Fetch the networks if they are missing, and write the list."""
    folder = packaged_pose(FOLDER)
    rows = [[folder / Path(member).name, digest] for member, digest in POSE_NETWORKS.items()]
    write_table(args.receipt, pd.DataFrame(rows, columns=["file", "sha256"]))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--receipt", type=Path, required=True, help="table to write")
    run(parser, work, output="receipt")
