"""Slide the networks of trained experiments over whole held-out videos, to predict every sample."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from cli import program, run
from cli_network import add_threads, use_threads
from cli_videos import progress
from signwild.base.shards import shard_paths
from signwild.stages.detection.members import Member
from signwild.stages.detection.slide_windows import slide_windows


def work(args: argparse.Namespace) -> None:
    """Predict every sample of the held-out videos with each experiment in turn."""
    use_threads(args)
    for name, member in args.members.items():
        slide_windows(
            member,
            args.length,
            args.segments,
            args.samples,
            args.labels,
            args.store,
            args.output_dir / f"{name}.parquet",
            progress(name),
        )


if __name__ == "__main__":
    parser = program(__doc__)
    members = TypeAdapter(dict[str, Member]).validate_json
    parser.add_argument("--members", type=members, required=True, help="JSON: the trained experiments, by name")
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    parser.add_argument("--segments", type=Path, required=True, help="segments.parquet")
    parser.add_argument("--samples", type=shard_paths, required=True, help="resample manifests")
    parser.add_argument("--labels", type=shard_paths, required=True, help="label tables of the shards")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the tables, one an experiment")
    add_threads(parser)
    run(parser, work, output="output_dir")
