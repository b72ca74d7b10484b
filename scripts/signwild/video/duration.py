"""Durations of video files, as their containers state them: quick, and not exact."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av

from signwild.base.errors import UnusableVideo
from signwild.video.tracks import choose_track, open_video

THREADS = 4
"""Files that are opened at the same time; a thousand then take seconds."""


def stated_durations(paths: Iterable[Path]) -> list[float | None]:
    """Return the seconds that each file states; None if it cannot be opened, has no pictures or states nothing.

    Only headers are read, so a file that is cut short still states its whole duration.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_stated_duration, paths))


def _stated_duration(path: Path) -> float | None:
    try:
        with open_video(path) as container:
            stream = container.streams[choose_track(container).index]
            if stream.duration:
                return float(stream.duration * stream.time_base)
            return container.duration / av.time_base if container.duration else None
    except (av.FFmpegError, OSError, UnusableVideo):
        return None
