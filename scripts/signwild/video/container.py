"""Contents of video files: size and frame times, from the packets, or by decoding where those do not tell (PyAV)."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from signwild.base.errors import UnusableVideo
from signwild.video.decoder import read_frame_times
from signwild.video.frame_times import HOLE_S, first_seconds, times_from_stamps
from signwild.video.tracks import CLOCK_RESTARTS, Track, choose_track, open_video, zero_stamp

MIN_DECODED_SHARE = 0.95
"""Share of the promised video that a file must contain, and that must decode; below it the file is truncated."""

BACKWARDS_S = 1.0
"""A packet this much before an earlier one starts the clock anew; frames are reordered by less."""

LATE_START_S = 0.5
"""A first frame less than this after the first packet is only one of the last of another group of pictures."""


@dataclass(frozen=True)
class VideoFacts:
    """Facts on the track that is decoded, and the times of its frames in seconds, (n,), increasing.

    The times are on the file's clock (see ``frame_times``). ``cut``: description of what is missing at the end of a
    file, or empty. ``restarts``: how often the clock starts anew. ``late_s``: seconds at the beginning that cannot be
    decoded, as the recording begins between two key frames.
    """

    track: Track
    times: np.ndarray
    cut: str = ""
    restarts: int = 0
    late_s: float = 0.0


def probe_video(path: Path | str, max_seconds: float, may_be_cut: bool = False) -> VideoFacts:
    """Read a video's size and the times of its frames within the first ``max_seconds`` of footage.

    The times are those of the packets, which need no decoding, or those that ffmpeg gives where packets are not frames
    or have no, equal or restarting time stamps. Raises UnusableVideo if the file is missing, empty, not a video,
    without pictures, or cut short. With ``may_be_cut``, the existing part of a file cut short is used, and ``cut``
    states what is missing.
    """
    if not Path(path).exists():
        raise UnusableVideo("missing", "the file has gone since the data set was listed")
    if Path(path).stat().st_size == 0:
        raise UnusableVideo("empty", "the file has no bytes")
    try:
        with open_video(path) as container:
            track = choose_track(container)
            stream = container.streams[track.index]
            packets = _read_packets(container, stream, max_seconds)
            cut = _missing_end(container, stream, packets, max_seconds)
            zero, time_base = zero_stamp(container, stream), stream.time_base
    except av.FFmpegError as error:
        raise UnusableVideo("undecodable", f"the file cannot be opened: {error.strerror}") from error
    if cut and not may_be_cut:
        raise UnusableVideo("truncated", cut)
    late = 0.0
    if packets.are_frames:
        times = times_from_stamps(np.sort(np.array(packets.stamps, np.int64)), time_base, zero)
        times = first_seconds(times, max_seconds)
    else:
        times = read_frame_times(path, track, max_seconds)
        if len(times) and packets.stamps:
            late = times[0] - float((packets.stamps[0] - zero) * time_base)
    if len(times) == 0 or not all(track.size):
        raise UnusableVideo("undecodable", "no frame of the video can be decoded")
    return VideoFacts(track, times, cut, packets.restarts, late if late > LATE_START_S else 0.0)


@dataclass
class _Packets:
    """Time stamps of a track's packets in the order of the file, and whether each of them is a frame at its stamp."""

    stamps: list[int]
    end: int = 0
    restarts: int = 0
    are_frames: bool = True


def _read_packets(container: av.container.InputContainer, stream: av.VideoStream, max_seconds: float) -> _Packets:
    """Read the packets of a track within about the first ``max_seconds`` of footage."""
    packets, latest, footage, first_is_key = _Packets([]), None, 0, None
    tick = float(stream.time_base)
    back, hole, limit = BACKWARDS_S / tick, HOLE_S / tick, (max_seconds + BACKWARDS_S) / tick
    reordered, can_restart = False, bool(container.format.flags & CLOCK_RESTARTS)
    for packet in container.demux(stream):
        first_is_key = packet.is_keyframe if first_is_key is None else first_is_key
        if not packet.size or packet.is_discard:
            continue
        stamp = packet.pts
        if stamp is None:
            packets.are_frames = False
            continue
        if latest is None:
            latest = stamp
        packets.stamps.append(stamp)
        packets.end = max(packets.end, stamp + (packet.duration or 0))
        reordered |= stamp < latest
        # Elsewhere, a frame before a hole may follow one after it.
        restarts = can_restart and stamp < latest - back
        packets.restarts += restarts
        # A hole in the clock is no footage. Packets are in decoding order; a reordered one is late by some frames.
        footage += stamp - latest if 0 < stamp - latest <= hole else 0
        latest = stamp if restarts else max(latest, stamp)
        if footage > limit:
            break
    packets.are_frames &= (
        bool(first_is_key)
        and not packets.restarts
        and len(set(packets.stamps)) == len(packets.stamps)
        # AVI has no time stamps: where frames are reordered, or the decoder is late, they are guesses.
        and (reordered or not stream.codec_context.has_b_frames or len(packets.stamps) < 2)
        and (stream.start_time is None or not packets.stamps or min(packets.stamps) == stream.start_time)
    )
    return packets


def _missing_end(
    container: av.container.InputContainer, stream: av.VideoStream, packets: _Packets, max_seconds: float
) -> str:
    """Return what is missing at the end of a file that states its length, or an empty string."""
    # The index of an mp4 file states the stream's duration; in other formats it would be a guess.
    if not (packets.stamps and stream.frames and stream.duration and "mp4" in container.format.name):
        return ""
    there = float((packets.end - min(packets.stamps)) * stream.time_base)
    promised = float(stream.duration * stream.time_base)
    if there >= MIN_DECODED_SHARE * min(promised, max_seconds):
        return ""
    return f"the file ends after {there:.1f} of {promised:.1f} s"
