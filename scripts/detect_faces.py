"""Find the faces in the videos of a shard, with several detectors that must agree, and keep them in the store."""

import argparse
from pathlib import Path

import cv2

from cli import program, run
from cli_videos import progress
from signwild.configuration.sections.faces import Faces
from signwild.stages.faces.detect_faces import detect_shard


def work(args: argparse.Namespace) -> None:
    """Detect the shard's faces."""
    cv2.setNumThreads(1)  # jobs share the cores
    detect_shard(
        args.downloads,
        args.samples,
        args.manifest,
        args.store,
        args.parameters,
        args.max_seconds,
        args.threads,
        progress("faces"),
    )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--downloads", type=Path, required=True, help="the shard's download manifest")
    parser.add_argument("--samples", type=Path, required=True, help="the shard's resample manifest")
    parser.add_argument(
        "--parameters", type=Faces.model_validate_json, required=True, help="JSON: an entry of section `faces`"
    )
    parser.add_argument("--max-seconds", type=float, required=True, help="of a video that is read, as in `resample`")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    parser.add_argument("--threads", type=int, default=1, help="threads of the decoder")
    run(parser, work, output="manifest")
