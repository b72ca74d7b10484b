"""Choice of the video track in a file, which may hold posters, previews and several cameras (PyAV)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av

from signwild.base.errors import UnusableVideo

PACKETS_LOOKED_AT = 400
"""A track with fewer than two of a file's first packets is a picture."""

PICTURES = (
    av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails | av.stream.Disposition.still_image
)
"""Marks of tracks that are pictures beside the video, such as a cover."""

CLOCK_RESTARTS = 0x0200
"""ffmpeg's AVFMT_TS_DISCONT, for transport and program streams: their clock may start anew within a file."""

PROGRESSIVE = 1
"""Highest value of libavcodec's AVFieldOrder that does not mean interlaced: 0 is unknown."""


@dataclass(frozen=True)
class Track:
    """The video track of a file that is decoded.

    ``index``: its position among all streams of the file. ``interlaced``: whether it is marked as interlaced.
    ``zero_s``: the time of ffmpeg's zero on the file's clock, which begins with the file's earliest stream.
    ``size``: its coded width and height in pixels. ``others``: the sizes of other video tracks, which are not decoded.
    """

    index: int
    interlaced: bool
    size: tuple[int, int]
    zero_s: float = 0.0
    others: tuple[tuple[int, int], ...] = ()


def find_track(path: Path | str) -> Track:
    """Return the video track of a file; raises UnusableVideo if it cannot be opened or has none."""
    try:
        with open_video(path) as container:
            return choose_track(container)
    except av.FFmpegError as error:
        raise UnusableVideo("undecodable", f"the file cannot be opened: {error.strerror}") from error


def choose_track(container: av.container.InputContainer) -> Track:
    """Return the track marked as default among those that are no pictures, or else the largest, or else the first.

    Raises UnusableVideo if the file holds no video track.
    """
    tracks = list(container.streams.video)
    if not tracks:
        raise UnusableVideo("no_video", "the file holds no video stream")
    moving = _moving(container, tracks) if len(tracks) > 1 else tracks
    default = [track for track in moving if track.disposition & av.stream.Disposition.default]
    # Many programs mark all tracks, or none.
    candidates = default if len(default) == 1 else moving
    chosen = max(candidates, key=lambda track: (track.width * track.height, -track.index))
    zero_s = 0.0
    if container.format.flags & CLOCK_RESTARTS and chosen.start_time is not None:
        # In these formats, ffmpeg counts from the beginning of the tracks that it decodes, in others from the file's.
        zero_s = float((chosen.start_time - zero_stamp(container, chosen)) * chosen.time_base)
    others = tuple(
        (track.width, track.height) for track in tracks if track is not chosen and not track.disposition & PICTURES
    )
    is_interlaced = chosen.codec_context.field_order > PROGRESSIVE
    return Track(chosen.index, is_interlaced, (chosen.width, chosen.height), zero_s, others)


def zero_stamp(container: av.container.InputContainer, stream: av.VideoStream) -> int:
    """Return the time stamp of a track that is the beginning of the file, by its earliest stream."""
    return round((container.start_time or 0) / av.time_base / stream.time_base)


def _moving(container: av.container.InputContainer, tracks: list[av.VideoStream]) -> list[av.VideoStream]:
    """Return the tracks that are no pictures, or all if each of them is one."""
    packets: Counter[int] = Counter()
    with open_video(container.name.removeprefix("file:")) as again:
        for number, packet in enumerate(again.demux(video=tuple(range(len(tracks))))):
            packets[packet.stream.index] += packet.size > 0
            if number == PACKETS_LOOKED_AT:
                break
    moving = [track for track in tracks if not track.disposition & PICTURES and packets[track.index] > 1]
    return moving or tracks


def upright_size(path: Path | str) -> tuple[int, int]:
    """Return a video's displayed width and height in square pixels: rotated as its file asks, pixels made square.

    Decodes the first decodable frame, which states the rotation. Raises UnusableVideo if there is none.
    """
    try:
        with open_video(path) as container:
            stream = container.streams[choose_track(container).index]
            frame = next(_decodable_frames(container, stream))
            width, height = round(frame.width * float(stream.sample_aspect_ratio or 1)), frame.height
            return (height, width) if frame.rotation % 180 else (width, height)
    except (av.FFmpegError, StopIteration) as error:
        raise UnusableVideo("undecodable", f"the first frame cannot be decoded: {error}") from error


def reduced_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Return width and height in whole pixels of a picture reduced to a shorter side of at most ``short_side``."""
    scale = min(1.0, short_side / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def open_video(path: Path | str) -> av.container.InputContainer:
    """Open a file for reading; raises av.FFmpegError if it is no video."""
    return av.open(file_url(path), metadata_errors="replace")


def file_url(path: Path | str) -> str:
    """Return a path that ffmpeg cannot take for an option or a protocol, such as "-x" or "a:b"."""
    return f"file:{path}"


def _decodable_frames(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Yield the frames of a stream, skipping packets that cannot be decoded, as ffmpeg does."""
    for packet in container.demux(stream):
        with suppress(av.FFmpegError):
            yield from packet.decode()
