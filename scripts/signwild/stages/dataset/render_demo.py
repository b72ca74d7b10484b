"""Rendering of the demo data set."""

from pathlib import Path

from signwild.cli.program import run_function
from signwild.demo.dataset import render_demo_dataset


def render_demo(folder: Path, videos_per_class: int = 6, seconds: float = 14, seed: int = 1, workers: int = 2) -> None:
    """Render the demo data set: short videos of signing, speaking and other things, with exact labels.

    Writes videos/*.mp4, groundtruth.txt and videos.tsv into ``folder``; the same seed gives the same bytes.
    """
    videos = render_demo_dataset(folder, videos_per_class, seconds, seed, workers)
    print(f"{videos['sha256'].ne('').sum()} videos in {folder}")


if __name__ == "__main__":
    run_function(render_demo, lock="folder")
