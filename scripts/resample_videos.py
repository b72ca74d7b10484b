"""Decode each video of a shard once: 5 Hz samples, their images, and the grey clip for the motion streams."""

import argparse
from pathlib import Path

from cli import program, run
from cli_videos import add_requests, add_scratch, missing_check, progress
from signwild.base.store import put_together_in
from signwild.configuration.sections.resample import Resample
from signwild.stages.resample.resample_videos import resample_shard


def work(args: argparse.Namespace) -> None:
    """Resample the shard."""
    with put_together_in(args.scratch):
        resample_shard(
            args.downloads,
            args.manifest,
            args.images,
            args.clips,
            args.store,
            args.parameters,
            missing_check(args),
            args.threads,
            progress("resample"),
        )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--downloads", type=Path, required=True, help="the shard's download manifest")
    parser.add_argument(
        "--parameters", type=Resample.model_validate_json, required=True, help="JSON: section `resample`"
    )
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    parser.add_argument("--images", type=Path, required=True, help="temporary HDF5 file of images to write")
    parser.add_argument("--clips", type=Path, required=True, help="temporary HDF5 file of grey clips to write")
    parser.add_argument("--threads", type=int, default=1, help="threads of the decoder")
    add_requests(parser)
    add_scratch(parser)
    run(parser, work, output="manifest")
