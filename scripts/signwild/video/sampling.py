"""Choice of the frames that are samples, and of those that the motion windows run on.

A sample's identity is its frame: the 0-based index in decoding order. As in the authors' code, the step
is a fixed number of native frames, computed from the rounded frame rate.
"""

import math
from itertools import pairwise

import numpy as np

from signwild.video.frame_times import stretch_starts

VARIABLE_RATE_TOLERANCE = 0.2
"""An interval is irregular when it differs from the median by more than this share ..."""

VARIABLE_RATE_CLOCK_S = 0.002
"""... plus two ticks of the millisecond clock that Matroska and WebM files count in."""

VARIABLE_RATE_SHARE = 0.05
"""A video is of variable rate when more than this share of its intervals is irregular."""

LEAST_SHARE = 0.9
"""Steps must give at least this share of the samples a second that are wanted: 24 frames a second do, 12 do not."""


def nominal_rate(times: np.ndarray) -> float:
    """Return the frames per second, from the mean of the regular intervals of ``times`` (seconds, increasing, (n,)).

    Gaps of dropped frames do not count; the mean evens out a clock of whole milliseconds.
    """
    if len(times) < 2:
        return 1.0
    intervals = np.diff(times)
    return 1.0 / float(np.mean(intervals[~_irregular(intervals)]))


def is_variable_rate(times: np.ndarray) -> bool:
    """Return whether the intervals of ``times`` (seconds, (n,)) are too irregular for a fixed step.

    An occasional dropped frame does not make a video variable: the authors' frame numbers rely on a
    fixed step, and so do we wherever it is close to the truth.
    """
    if len(times) < 3:
        return False
    return bool(np.mean(_irregular(np.diff(times))) > VARIABLE_RATE_SHARE)


def _irregular(intervals: np.ndarray) -> np.ndarray:
    # A middle value that really occurs, so that at least one interval is regular.
    median = np.quantile(intervals, 0.5, method="lower")
    return np.abs(intervals - median) > VARIABLE_RATE_TOLERANCE * median + VARIABLE_RATE_CLOCK_S


def sample_step(fps: float, sample_rate: int) -> int:
    """Return the native frames from one sample to the next: ceil(round(fps) / sample_rate), at least 1.

    The rate is rounded first, as a reported 30.0003 would otherwise give 7 instead of 6.
    """
    return max(1, math.ceil(round(fps) / sample_rate))


def sample_frames(times: np.ndarray, sample_rate: int, max_samples: int, low_rates_by_time: bool = False) -> np.ndarray:
    """Return the frames that are samples, (m,) int64, increasing, m <= max_samples.

    Fixed rate: every ``sample_step``-th frame. Variable rate: the first frame at or after each
    multiple of 1 / sample_rate, counted from the first frame's time; with ``low_rates_by_time`` also for fixed rates of
    which steps give too few samples a second.

    ``times``: presentation times in seconds, increasing, (n,).
    """
    rate = nominal_rate(times)
    sparse = low_rates_by_time and rate / sample_step(rate, sample_rate) < LEAST_SHARE * sample_rate
    if is_variable_rate(times) or sparse:
        # A frame belongs to the tick it has reached; rounding guards against 0.6 / 0.2 = 2.9999.
        ticks = np.floor(np.round((times - times[0]) * sample_rate, 6)).astype(np.int64)
        frames = np.flatnonzero(np.diff(ticks, prepend=-1) > 0)
    else:
        frames = np.arange(0, len(times), sample_step(rate, sample_rate))
    return frames[:max_samples].astype(np.int64)


def motion_step(fps: float, max_rate: int) -> int:
    """Return the native frames between frames used for motion: ceil(round(fps) / max_rate), at least 1.

    Videos above ``max_rate`` frames per second are thinned, so a window of a given number of
    frames always spans about the same time.
    """
    return max(1, math.ceil(round(fps) / max_rate))


def motion_frames(times: np.ndarray, max_rate: int) -> np.ndarray:
    """Return the frames that the motion windows run on, (m,) int64: every ``motion_step``-th of each stretch."""
    step = motion_step(nominal_rate(times), max_rate)
    ends = np.append(stretch_starts(times), len(times))
    return np.concatenate([np.arange(first, end, step, dtype=np.int64) for first, end in pairwise(ends)])


def window_positions(centres: np.ndarray, before: int, after: int, length: int, breaks: np.ndarray) -> np.ndarray:
    """Return the positions of the frames in each window, (m, before + 1 + after) int64.

    A window covers ``centre - before ... centre + after``; where it reaches past an end of the
    video, or into a hole, the frame at the edge is repeated. All streams share this rule, so they all have the
    same samples. ``breaks``: positions of the first frame after each hole, increasing, (k,) int64.
    """
    edges = np.concatenate([[0], breaks, [length]])
    stretch = np.searchsorted(edges, centres, side="right")
    offsets = np.arange(-before, after + 1)
    return np.clip(centres[:, None] + offsets, edges[stretch - 1][:, None], edges[stretch][:, None] - 1)
