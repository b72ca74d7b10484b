"""Cut the segments of a run and assign its folds."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.base.shards import shard_paths
from signwild.configuration.sections.segments import Segments
from signwild.stages.segments.cut_segments import cut_segments


def work(args: argparse.Namespace) -> None:
    """Cut the segments."""
    cut_segments(
        args.samples,
        args.videos,
        args.labels,
        args.store,
        args.parameters,
        args.max_failed_share,
        args.starts,
        args.frozen,
        args.output_dir,
    )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--samples", type=shard_paths, required=True, help="the shards' resample manifests")
    parser.add_argument("--videos", type=shard_paths, required=True, help="the shards' tables of videos")
    parser.add_argument("--labels", type=shard_paths, required=True, help="the shards' tables of labels")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument(
        "--parameters", type=Segments.model_validate_json, required=True, help="JSON: section `segments`"
    )
    parser.add_argument("--max-failed-share", type=float, required=True, help="unusable videos that a run bears")
    parser.add_argument(
        "--starts", type=Path, nargs="*", default=[], help="folders of detectors that trainings of the run start from"
    )
    parser.add_argument("--frozen", type=Path, required=True, help="folds of earlier runs, brought up to date")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of segments, folds and balance")
    run(parser, work, output="output_dir")
