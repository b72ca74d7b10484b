"""Shared parts of programs that process a shard's videos: progress, and which features are still missing."""

import argparse
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter
from tqdm import tqdm

from signwild.keys.features import FeatureRequest
from signwild.stages.resample import missing
from signwild.stages.weights.receipt import read_receipt


def progress(stage: str) -> Callable[[Iterable], Iterable]:
    """Return a wrapper of a shard's videos that logs how many are done, the rate, and the time left."""
    return partial(tqdm, desc=stage, unit="video", mininterval=5)


def add_scratch(parser: argparse.ArgumentParser) -> None:
    """Add the option for the folder in which large files are put together."""
    parser.add_argument(
        "--scratch",
        type=_folder,
        help="folder on a disk of this machine to put HDF5 files together in, variables allowed: $TMPDIR",
    )


def _folder(text: str) -> Path | None:
    if not text:
        return None
    folder = Path(os.path.expandvars(text))
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: no such folder on this machine; name one in the profile's `scratch`")
    return folder


def add_requests(parser: argparse.ArgumentParser) -> None:
    """Add the options from which ``missing_check`` knows which features the store lacks."""
    requests = TypeAdapter(list[FeatureRequest]).validate_json
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--labels", type=Path, help="the shard's labels table")
    parser.add_argument("--weights", type=Path, help="receipt of the weights")
    parser.add_argument(
        "--requests", type=requests, help="JSON: features that are wanted; without it, every video is done"
    )


def missing_check(args: argparse.Namespace) -> Callable[[str, str], bool]:
    """Return a function of a video's id and sample key that returns whether features of the video are missing."""
    if args.requests is None:
        return lambda *_: True
    return missing.missing_check(args.requests, read_receipt(args.weights).identity, args.labels, args.store)
