"""Compute one motion stream for the videos of a shard whose features of that stream are missing."""

import argparse
from pathlib import Path

import cv2
from pydantic import TypeAdapter

from cli import program, run
from cli_videos import add_requests, add_scratch, missing_check, progress
from signwild.base.store import put_together_in
from signwild.configuration.sections.stream import Stream
from signwild.stages.resample.missing import missing_keys
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.streams.stream_files import compute_stream


def work(args: argparse.Namespace) -> None:
    """Compute the stream."""
    cv2.setNumThreads(1)  # Farneback gains nothing from threads; a shard is a job, and jobs share the cores
    keys = missing_keys(args.samples, missing_check(args))
    with put_together_in(args.scratch):
        compute_stream(args.clips, args.output, stream_writer(args.parameters), progress(args.parameters.kind)(keys))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="the shard's resample manifest")
    parser.add_argument("--clips", type=Path, required=True, help="the shard's grey clips")
    parser.add_argument(
        "--parameters", type=TypeAdapter(Stream).validate_json, required=True, help="JSON: the stream's entry"
    )
    parser.add_argument("--output", type=Path, required=True, help="temporary HDF5 file to write")
    add_requests(parser)
    add_scratch(parser)
    run(parser, work, output="output")
