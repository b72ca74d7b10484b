"""Progress of a job in its log."""

from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(videos: Iterable[Item], stage: str) -> Iterable[Item]:
    """Return the videos of a job, and log how many are done, the rate, and the time left while they are taken."""
    return tqdm(videos, desc=stage, unit="video", mininterval=5)
