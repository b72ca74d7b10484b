"""Compute the motion history of a shard's videos of which features are missing."""

import argparse
from functools import partial
from pathlib import Path

from cli import program, run
from cli_videos import add_requests, missing_check, progress
from signwild.inventory import missing_keys
from signwild.mhi import write_mhi
from signwild.parameters.mhi import MhiStream
from signwild.streams import compute_stream


def work(args: argparse.Namespace) -> None:
    """Compute the stream."""
    keys = missing_keys(args.samples, missing_check(args))
    compute_stream(args.clips, args.output, partial(write_mhi, parameters=args.parameters), progress("mhi")(keys))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="the shard's resample manifest")
    parser.add_argument("--clips", type=Path, required=True, help="the shard's grey clips")
    parser.add_argument(
        "--parameters", type=MhiStream.model_validate_json, required=True, help="JSON: the stream's entry"
    )
    parser.add_argument("--output", type=Path, required=True, help="temporary HDF5 file to write")
    add_requests(parser)
    run(parser, work, output="output")
