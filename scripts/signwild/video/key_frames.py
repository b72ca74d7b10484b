"""Key frames of a video, at which decoding can begin (PyAV)."""

from pathlib import Path

import av
import numpy as np

from signwild.video.frame_times import times_from_stamps
from signwild.video.tracks import choose_track, open_video, zero_stamp

TIME_TOLERANCE_S = 0.001
"""Times of packets and of frames that differ by less are the same."""


def read_key_frames(path: Path | str, times: np.ndarray) -> np.ndarray | None:
    """Return the times of a video's key frames in seconds on the file's clock, (k,), increasing.

    ``times``: of all its frames, in seconds, (n,). Returns None if these are not the times of the file's packets, as in
    joined recordings: a place in such a file cannot be found by its time.
    """
    stamps, is_key = [], []
    try:
        with open_video(path) as container:
            stream = container.streams[choose_track(container).index]
            for packet in container.demux(stream):
                if not packet.size or packet.is_discard:
                    continue
                if packet.pts is None:
                    return None
                stamps.append(packet.pts)
                is_key.append(packet.is_keyframe)
            time_base, zero = stream.time_base, zero_stamp(container, stream)
    except av.FFmpegError:
        return None
    order = np.argsort(np.array(stamps, np.int64), kind="stable")
    found = times_from_stamps(np.array(stamps, np.int64)[order], time_base, zero)
    if len(found) != len(times) or not np.allclose(found, times, rtol=0, atol=TIME_TOLERANCE_S):
        return None
    keys = found[np.array(is_key, bool)[order]]
    return keys if len(keys) else None
