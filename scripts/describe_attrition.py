"""Count the available and the missing videos by class and reason, and write a table and a picture."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.base.shards import shard_paths
from signwild.stages.statistics.describe_attrition import describe_attrition


def work(args: argparse.Namespace) -> None:
    """Write the table and the picture."""
    describe_attrition(args.samples, args.labels, args.left_out, args.of_paper, args.output_stem, args.figure)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--samples", type=shard_paths, required=True, help="the shards' resample manifests")
    parser.add_argument("--labels", type=shard_paths, required=True, help="the shards' tables of labels")
    parser.add_argument("--left-out", type=Path, required=True, help="table of the videos that were left out")
    parser.add_argument("--of-paper", action="store_true", help="the data set is the paper's")
    parser.add_argument("--output-stem", type=Path, required=True, help="path of the table without its suffix")
    parser.add_argument("--figure", type=Path, required=True, help="picture to write")
    run(parser, work, output="output_stem")
