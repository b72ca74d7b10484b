"""Times of a video's frames, and the stretches of footage between holes in them.

The clock is the file's: 0 is where its earliest stream begins, as for ffmpeg and for ELAN, so a video that begins with
sound alone has a later first frame.
"""

from fractions import Fraction

import numpy as np

HOLE_S = 2.0
"""Frames further apart than this have a hole between them: half of the paper's window of 20 samples (our choice) ..."""

HOLE_INTERVALS = 3.0
"""... unless all frames are far apart: a hole is also longer than this many usual intervals."""


def times_from_stamps(stamps: np.ndarray, time_base: Fraction, zero: int = 0) -> np.ndarray:
    """Return increasing times in seconds, (n,) float64, of frames' time stamps in the order shown, (n,) int64.

    ``zero``: the stamp that is 0 s. Frames that share a time stamp, or have one that goes back, are spread evenly up
    to the next later frame.
    """
    # Multiplied first: 3/5 s then equals the number "0.6" in a table of labels, not one just below it.
    times = (stamps - zero) * time_base.numerator / time_base.denominator
    if len(times) < 2 or (np.diff(times) > 0).all():
        return times
    times = np.maximum.accumulate(times)
    distinct, first, counts = np.unique(times, return_index=True, return_counts=True)
    step = usual_interval(distinct)
    following = np.append(distinct[1:], distinct[-1] + step * counts[-1])
    # What follows a hole says nothing about frames before it.
    lengths = np.minimum(following - distinct, step * counts)
    position = np.arange(len(times)) - np.repeat(first, counts)
    return np.repeat(distinct, counts) + position * np.repeat(lengths / counts, counts)


def usual_interval(times: np.ndarray) -> float:
    """Return the median of the intervals between times (seconds, increasing, (n,)), one that occurs; 0 if none."""
    return float(np.quantile(np.diff(times), 0.5, method="lower")) if len(times) > 1 else 0.0


def stretch_starts(times: np.ndarray) -> np.ndarray:
    """Return the positions at which stretches without a hole begin, (k,) int64, the first of them 0.

    ``times``: seconds, increasing, (n,), n > 0, of frames or of samples.
    """
    return np.concatenate([[0], np.flatnonzero(_holes(times)) + 1])


def footage_times(times: np.ndarray) -> np.ndarray:
    """Return the seconds of footage before each frame, (n,): from the first frame, a hole counting as one interval."""
    if len(times) < 2:
        return np.zeros(len(times))
    holes = _holes(times)
    if not holes.any():
        return times - times[0]
    excess = np.where(holes, np.diff(times) - usual_interval(times), 0.0)
    return times - times[0] - np.concatenate([[0.0], np.cumsum(excess)])


def first_seconds(times: np.ndarray, seconds: float) -> np.ndarray:
    """Return the times of the frames within the first ``seconds`` of footage."""
    return times[footage_times(times) < seconds]


def _holes(times: np.ndarray) -> np.ndarray:
    """Return for each interval between times whether it is a hole, (n - 1,) bool."""
    return np.diff(times) > max(HOLE_S, HOLE_INTERVALS * usual_interval(times))
