"""Sentences about what is unusual in a video, for its user; their words are in no key."""

import numpy as np

from signwild.video.container import VideoFacts
from signwild.video.frame_times import HOLE_S, stretch_starts

HOLES_NAMED = 3
"""Holes that a note names one by one."""


def describe_oddities(facts: VideoFacts, times: np.ndarray, size_changes: int) -> list[str]:
    """Return sentences about a video.

    ``times``: of the frames that were decoded, in seconds, (n,). ``size_changes``: see ``Decoder.size_changes``.
    """
    begin = "" if facts.late_s else _begin(times)
    sentences = [_tracks(facts), _restarts(facts.restarts), _late(facts.late_s), begin, _holes(times)]
    sentences.append(_sizes(size_changes))
    return [sentence for sentence in sentences if sentence]


def _tracks(facts: VideoFacts) -> str:
    others = [f"{width}x{height}" for width, height in facts.track.others]
    if not others:
        return ""
    width, height = facts.track.size
    return f"Of {len(others) + 1} video tracks, the one of {width}x{height} is used, not {' and '.join(others)}."


def _restarts(restarts: int) -> str:
    if not restarts:
        return ""
    return f"The file's clock starts anew {_times(restarts)}, as in joined recordings; here the time goes on."


def _late(late_s: float) -> str:
    if not late_s:
        return ""
    return f"The first {late_s:.1f} s cannot be decoded: the recording begins between two key frames."


def _begin(times: np.ndarray) -> str:
    if times[0] <= HOLE_S:
        return ""
    return f"The pictures begin at {times[0]:.1f} s, after sound alone; the time before belongs to no class."


def _holes(times: np.ndarray) -> str:
    after = stretch_starts(times)[1:]
    if not len(after):
        return ""
    named = [f"from {times[row - 1]:.1f} to {times[row]:.1f} s" for row in after[:HOLES_NAMED]]
    more = f" and {len(after) - HOLES_NAMED} other times" if len(after) > HOLES_NAMED else ""
    return f"The video has no pictures {', '.join(named)}{more}; this time belongs to no class."


def _sizes(size_changes: int) -> str:
    if not size_changes:
        return ""
    return f"The size or form of the pictures changes {_times(size_changes)} within the video."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
