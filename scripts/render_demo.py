"""Render the demo data set: short videos of signing, speaking and other things, with exact labels.

Writes videos/*.mp4, groundtruth.txt and videos.tsv into a folder; the same seed gives the same bytes.
"""

import argparse
from pathlib import Path

from cli import program, run
from signwild.demo.dataset import render_demo_dataset


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument("--folder", required=True, type=Path, help="where to write the data set")
    options.add_argument("--videos-per-class", type=int, default=6, help="usable videos of each class")
    options.add_argument("--seconds", type=float, default=14, help="about how long each video is")
    options.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    options.add_argument("--workers", type=int, default=2, help="processes")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Render the videos, and print how many files there are."""
    videos = render_demo_dataset(
        arguments.folder, arguments.videos_per_class, arguments.seconds, arguments.seed, arguments.workers
    )
    print(f"{videos['sha256'].ne('').sum()} videos in {arguments.folder}")


if __name__ == "__main__":
    run(parser(), work, output="folder")
