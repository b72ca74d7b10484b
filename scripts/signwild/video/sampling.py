"""Choice of the frames that are samples, and of those that the motion windows run on.

A sample's identity is its frame: the 0-based index in decoding order. As in the authors' code, the step
is a fixed number of native frames, computed from the rounded frame rate.
"""

import math

import numpy as np

VARIABLE_RATE_TOLERANCE = 0.2
"""An interval is irregular when it differs from the median by more than this share ..."""

VARIABLE_RATE_CLOCK_S = 0.002
"""... plus two ticks of the millisecond clock that Matroska and WebM files count in."""

VARIABLE_RATE_SHARE = 0.05
"""A video is of variable rate when more than this share of its intervals is irregular."""


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


def sample_frames(times: np.ndarray, sample_rate: int, max_samples: int) -> np.ndarray:
    """Return the frames that are samples, (m,) int64, increasing, m <= max_samples.

    Fixed rate: every ``sample_step``-th frame. Variable rate: the first frame at or after each
    multiple of 1 / sample_rate, counted from the first frame's time.

    ``times``: presentation times in seconds, increasing, (n,).
    """
    if is_variable_rate(times):
        # A frame belongs to the tick it has reached; rounding guards against 0.6 / 0.2 = 2.9999.
        ticks = np.floor(np.round((times - times[0]) * sample_rate, 6)).astype(np.int64)
        frames = np.flatnonzero(np.diff(ticks, prepend=-1) > 0)
    else:
        frames = np.arange(0, len(times), sample_step(nominal_rate(times), sample_rate))
    return frames[:max_samples].astype(np.int64)


def motion_step(fps: float, max_rate: int) -> int:
    """Return the native frames between frames used for motion: ceil(round(fps) / max_rate), at least 1.

    Videos above ``max_rate`` frames per second are thinned, so a window of a given number of
    frames always spans about the same time.
    """
    return max(1, math.ceil(round(fps) / max_rate))


def motion_frames(times: np.ndarray, max_rate: int) -> np.ndarray:
    """Return the frames that the motion windows run on, (m,) int64: every ``motion_step``-th."""
    return np.arange(0, len(times), motion_step(nominal_rate(times), max_rate), dtype=np.int64)


def window_positions(centres: np.ndarray, before: int, after: int, length: int) -> np.ndarray:
    """Return the positions of the frames in each window, (m, before + 1 + after) int64.

    A window covers ``centre - before ... centre + after``; where it reaches past an end of the
    video, the frame at the edge is repeated. All streams share this rule, so they all have the
    same samples.
    """
    offsets = np.arange(-before, after + 1)
    return np.clip(centres[:, None] + offsets[None, :], 0, length - 1)
