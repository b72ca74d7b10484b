"""The end of a video, by the times of its frames."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from signwild.base.errors import UnusableVideo
from signwild.video.container import probe_video
from signwild.video.frame_times import footage_times


@dataclass(frozen=True)
class End:
    """The end of a video in seconds, and its mean rate in frames per second of footage."""

    seconds: float
    rate: float


def read_end(path: Path) -> End | None:
    """Read the end of a video; None if it cannot be used, or has one frame, whose length is not known."""
    try:
        times = probe_video(path, np.inf).times
    except UnusableVideo:
        return None
    if len(times) < 2:
        return None
    footage = footage_times(times)
    # The last frame may be shown as long as any other.
    end, rate = times[-1] + np.diff(footage).max(), (len(times) - 1) / footage[-1]
    return End(round(float(end), 3), round(float(rate), 3))
