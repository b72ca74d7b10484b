"""Find or download the file of every video of a shard; a video without one gets a status with a reason."""

import argparse
from functools import partial
from pathlib import Path

from cli import program, run
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.download.download_videos import Downloads, download_shard
from signwild.stages.download.status import DownloadFolder


def work(args: argparse.Namespace) -> None:
    """Download what is needed, and write the manifest."""
    downloads = None
    if args.folder:
        downloads = Downloads(DownloadFolder(args.folder), args.youtube, args.ask, args.max_seconds)
    download_shard(args.dataset, args.manifest, downloads, say=partial(print, flush=True))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--dataset", type=Path, required=True, help="the shard's table of videos")
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    parser.add_argument(
        "--folder", type=Path, help="folder of the data set, where videos without a file are fetched to"
    )
    parser.add_argument("--youtube", type=YouTube.model_validate_json, help="JSON: section `dataset.youtube`")
    parser.add_argument("--ask", action="store_true", help="ask for videos that were never asked for")
    parser.add_argument("--max-seconds", type=float, help="what must be readable of a video")
    run(parser, work, output="manifest")
