"""Compute the optical flow of a shard's videos of which features are missing."""

import argparse
from functools import partial
from pathlib import Path

import cv2

from cli import program, run
from cli_videos import add_requests, missing_check, progress
from signwild.flow import write_flow
from signwild.inventory import missing_keys
from signwild.parameters.flow import FlowStream
from signwild.streams import compute_stream


def work(args: argparse.Namespace) -> None:
    """Compute the stream."""
    cv2.setNumThreads(1)  # Farneback gains nothing from threads; a shard is a job, and jobs share the cores
    keys = missing_keys(args.samples, missing_check(args))
    compute_stream(args.clips, args.output, partial(write_flow, parameters=args.parameters), progress("flow")(keys))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="the shard's resample manifest")
    parser.add_argument("--clips", type=Path, required=True, help="the shard's grey clips")
    parser.add_argument(
        "--parameters", type=FlowStream.model_validate_json, required=True, help="JSON: the stream's entry"
    )
    parser.add_argument("--output", type=Path, required=True, help="temporary HDF5 file to write")
    add_requests(parser)
    run(parser, work, output="output")
