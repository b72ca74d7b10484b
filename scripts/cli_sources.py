"""Shared options of programs that show frames of the source videos: where the videos are."""

import argparse
from pathlib import Path

from signwild.base.shards import shard_paths
from signwild.stages.illustration.source_frames import SourceVideos


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``source_videos`` reads."""
    parser.add_argument("--downloads", type=shard_paths, required=True, help="download manifests of all shards")
    parser.add_argument("--samples", type=shard_paths, required=True, help="resample manifests of all shards")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--max-seconds", type=float, required=True, help="what is looked at of a video")


def source_videos(args: argparse.Namespace) -> SourceVideos:
    """Return the run's videos."""
    return SourceVideos(args.downloads, args.samples, args.store, args.max_seconds)
