"""Align the labels of a shard with the frames of the available video files."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.configuration.sections.resample import Resample
from signwild.stages.alignment.align_labels import align_shard


def work(args: argparse.Namespace) -> None:
    """Align the shard."""
    align_shard(
        args.dataset, args.labels, args.downloads, args.store, args.parameters, args.manifest, args.aligned_labels
    )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--dataset", type=Path, required=True, help="the shard's table of videos")
    parser.add_argument("--labels", type=Path, required=True, help="the shard's table of labels")
    parser.add_argument("--downloads", type=Path, required=True, help="the shard's download manifest")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument(
        "--parameters", type=Resample.model_validate_json, required=True, help="JSON: section `resample`"
    )
    parser.add_argument("--manifest", type=Path, required=True, help="table to write: how each video was aligned")
    parser.add_argument("--aligned-labels", type=Path, required=True, help="table of labels to write")
    run(parser, work, output="manifest")
