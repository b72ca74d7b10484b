"""Sentences about what is unusual in a video's frames, for its user."""

import numpy as np

from signwild.video.container import MIN_DECODED_SHARE
from signwild.video.decoder import Decoder
from signwild.video.frame_times import footage_times, stretch_starts

HOLES_NAMED = 3
"""Holes that a note names one by one."""


def hole_notes(times: np.ndarray) -> list[str]:
    """Return a sentence on the holes between frames at ``times`` (seconds, (n,)), or none."""
    after = stretch_starts(times)[1:]
    if not len(after):
        return []
    named = [f"from {times[row - 1]:.1f} to {times[row]:.1f} s" for row in after[:HOLES_NAMED]]
    more = f" and {len(after) - HOLES_NAMED} times more" if len(after) > HOLES_NAMED else ""
    return [f"The video has no pictures {', '.join(named)}{more}; this time belongs to no class."]


def size_notes(decoder: Decoder) -> list[str]:
    """Return a sentence on changes of the pictures' size in a decoded video, or none."""
    if not (changes := decoder.size_changes):
        return []
    times = "once" if changes == 1 else f"{changes} times"
    return [f"The size or form of the pictures changes {times} within the video."]


def missing_frames(decoder: Decoder, times: np.ndarray) -> str:
    """Return how much of the frames at ``times`` (seconds, (n,)) a decoder did not give, or an empty string.

    Packets may be more than frames, so fewer frames are a fault only where ffmpeg complains or footage is missing.
    """
    if decoder.frames == 0:
        return f"no frame can be decoded: {decoder.message or 'no message'}"
    if decoder.frames >= MIN_DECODED_SHARE * len(times):
        return ""
    lasts = footage_times(decoder.times)[-1] / max(footage_times(times)[-1], 1e-9)
    if lasts >= MIN_DECODED_SHARE and not decoder.message:
        return ""
    return f"{decoder.frames} of {len(times)} frames can be decoded"
