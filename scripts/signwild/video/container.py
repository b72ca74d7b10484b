"""Contents of video files, read from the container: size and frame times, without decoding (PyAV)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from signwild.base.errors import UnusableVideo

MIN_DECODED_SHARE = 0.95
"""Share of the promised video that a file must contain, and that must decode; below it the file is truncated."""


@dataclass(frozen=True)
class VideoFacts:
    """Facts from the container: source size in pixels, and the frames' times in seconds from the first, (n,).

    ``cut``: description of what is missing at the end of a file, or empty. ``start_s``: seconds from the file's
    start, given by its earliest stream, to the first frame.
    """

    width: int
    height: int
    times: np.ndarray
    cut: str = ""
    start_s: float = 0.0


def probe_video(path: Path | str, max_seconds: float, may_be_cut: bool = False) -> VideoFacts:
    """Read the first video stream's size and its frame times below ``max_seconds``, without decoding.

    Raises UnusableVideo if the file is missing, empty, not a video, without pictures, without time stamps, or cut
    short. With ``may_be_cut``, the existing part of a file cut short is used, and ``cut`` states what is missing.
    """
    if not Path(path).exists():
        raise UnusableVideo("missing", "the file has gone since the data set was listed")
    if Path(path).stat().st_size == 0:
        raise UnusableVideo("empty", "the file has no bytes")
    try:
        with av.open(file_url(path), metadata_errors="replace") as container:
            if not container.streams.video:
                raise UnusableVideo("no_video", "the file holds no video stream")
            stream = container.streams.video[0]
            size = stream.codec_context.width, stream.codec_context.height
            times, cut, start = _packet_times(container, stream, max_seconds)
    except av.FFmpegError as error:
        raise UnusableVideo("undecodable", f"the file cannot be opened: {error.strerror}") from error
    if cut and not may_be_cut:
        raise UnusableVideo("truncated", cut)
    if len(times) == 0 or not all(size):
        raise UnusableVideo("undecodable", "the video stream holds no frame with a time stamp")
    if not (np.diff(times) > 0).all():
        raise UnusableVideo("undecodable", "frames of the video stream have the same time stamp")
    return VideoFacts(*size, times, cut, start)


def _packet_times(
    container: av.container.InputContainer, stream: av.VideoStream, max_seconds: float
) -> tuple[np.ndarray, str, float]:
    """Return the frames' times from the first, what is missing at the end, and the first's time in the file."""
    stamps: list[int] = []
    end = 0
    for packet in container.demux(stream):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.is_discard:
            continue
        # Packets are in decoding order; a reordered frame is late by some frames, never by a second.
        if stamps and float((stamp - stamps[0]) * stream.time_base) > max_seconds + 1:
            break
        stamps.append(stamp)
        end = max(end, stamp + (packet.duration or 0))
    cut = ""
    # The index of an mp4 file states the stream's duration; in other formats it would be a guess.
    if stamps and stream.frames and stream.duration and "mp4" in container.format.name:
        there = float((end - min(stamps)) * stream.time_base)
        promised = float(stream.duration * stream.time_base)
        if there < MIN_DECODED_SHARE * min(promised, max_seconds):
            cut = f"the file ends after {there:.1f} of {promised:.1f} s"
    first = float(min(stamps) * stream.time_base) if stamps else 0.0
    start = max(0.0, first - (container.start_time or 0) / av.time_base)
    return times_from_stamps(np.array(sorted(stamps), dtype=np.int64), stream.time_base, max_seconds), cut, start


def times_from_stamps(stamps: np.ndarray, time_base: Fraction, max_seconds: float) -> np.ndarray:
    """Return the times in seconds from the first of time stamps (n,) int64, below ``max_seconds``."""
    # Multiplied first: 3/5 s then equals the number "0.6" in a table of labels, not one just below it.
    times = (stamps - stamps[:1]) * time_base.numerator / time_base.denominator
    return times[times < max_seconds]


def file_url(path: Path | str) -> str:
    """Return a path that ffmpeg cannot take for an option or a protocol, such as "-x" or "a:b"."""
    return f"file:{path}"


def upright_size(path: Path | str) -> tuple[int, int]:
    """Return a video's displayed width and height in square pixels: rotated as its file asks, pixels made square.

    Decodes the first decodable frame, which states the rotation. Raises UnusableVideo if there is none.
    """
    try:
        with av.open(file_url(path), metadata_errors="replace") as container:
            stream = container.streams.video[0]
            frame = next(_decodable_frames(container, stream))
            width, height = round(frame.width * float(stream.sample_aspect_ratio or 1)), frame.height
            return (height, width) if frame.rotation % 180 else (width, height)
    except (av.FFmpegError, IndexError, StopIteration) as error:
        raise UnusableVideo("undecodable", f"the first frame cannot be decoded: {error}") from error


def reduced_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Return width and height in whole pixels of a picture reduced to a shorter side of at most ``short_side``."""
    scale = min(1.0, short_side / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _decodable_frames(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Yield the frames of a stream, skipping packets that cannot be decoded, as ffmpeg does."""
    for packet in container.demux(stream):
        with suppress(av.FFmpegError):
            yield from packet.decode()
