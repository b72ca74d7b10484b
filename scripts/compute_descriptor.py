"""Compute a descriptor of every sample of a shard, from the source videos and, if it needs them, their faces."""

import argparse
from pathlib import Path

import cv2
from pydantic import TypeAdapter

from cli import program, run
from cli_videos import progress
from signwild.configuration.sections.descriptor import Descriptor
from signwild.stages.descriptors.compute_descriptor import describe_shard


def work(args: argparse.Namespace) -> None:
    """Describe the shard."""
    cv2.setNumThreads(1)  # jobs share the cores
    describe_shard(
        args.downloads,
        args.samples,
        args.faces,
        args.manifest,
        args.store,
        args.parameters,
        args.length,
        args.max_motion_rate,
        args.max_seconds,
        args.threads,
        progress("descriptor"),
    )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--downloads", type=Path, required=True, help="the shard's download manifest")
    parser.add_argument("--samples", type=Path, required=True, help="the shard's resample manifest")
    parser.add_argument("--faces", type=Path, help="the shard's faces manifest, for a descriptor that needs one")
    parser.add_argument(
        "--parameters", type=TypeAdapter(Descriptor).validate_json, required=True, help="JSON: the descriptor"
    )
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    parser.add_argument(
        "--max-motion-rate", type=int, required=True, help="frames a second above which a video is thinned"
    )
    parser.add_argument("--max-seconds", type=float, required=True, help="how much of a video is used")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    parser.add_argument("--threads", type=int, default=1, help="threads of the decoder")
    run(parser, work, output="manifest")
