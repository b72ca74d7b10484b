"""Remove the excluded videos from the store and the downloads, and list them."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.stages.download.status import DownloadFolder
from signwild.stages.takedown.exclude_videos import exclude_videos


def work(args: argparse.Namespace) -> None:
    """Exclude the videos."""
    downloads = DownloadFolder(args.downloads) if args.downloads else None
    exclude_videos(args.excluded, args.results, downloads, args.receipt)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--excluded", type=Path, required=True, help="file of the ids to leave out, one a line")
    parser.add_argument("--results", type=Path, required=True, help="folder of all runs and of the store")
    parser.add_argument("--downloads", type=Path, help="folder that videos are downloaded to, if any are")
    parser.add_argument("--receipt", type=Path, required=True, help="table to write: the excluded videos")
    run(parser, work, output="receipt")
