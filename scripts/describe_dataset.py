"""Count a run's videos, samples and segments by class, as CSV, Markdown and LaTeX."""

import argparse
from pathlib import Path
from typing import get_args

from cli import program, run
from signwild.base.shards import shard_paths
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.statistics.describe_dataset import describe_dataset


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument("--samples", type=shard_paths, required=True, help="the shards' resample manifests")
    options.add_argument("--videos", type=shard_paths, required=True, help="the shards' tables of videos")
    options.add_argument("--labels", type=shard_paths, required=True, help="the shards' tables of labels")
    options.add_argument("--segments", type=Path, required=True, help="the run's segments")
    options.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    options.add_argument("--group-by", choices=get_args(GroupBy), required=True, help="what is never in two folds")
    options.add_argument(
        "--not-comparable", action="append", default=[], metavar="REASON", help="why no number is the paper's"
    )
    options.add_argument("--output-stem", type=Path, required=True, help="path of the table without its suffix")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Write the table."""
    describe_dataset(
        arguments.samples,
        arguments.videos,
        arguments.labels,
        arguments.segments,
        arguments.store,
        arguments.group_by,
        arguments.not_comparable,
        arguments.output_stem,
    )


if __name__ == "__main__":
    run(parser(), work, output="output_stem")
