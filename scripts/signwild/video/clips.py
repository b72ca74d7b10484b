"""Clips cut out of a video without encoding it again: from a key frame, at which decoding can begin (PyAV)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from signwild.base.errors import UnusableVideo
from signwild.base.files import written_whole
from signwild.video.container import probe_video
from signwild.video.key_frames import TIME_TOLERANCE_S, read_key_frames
from signwild.video.tracks import choose_track, file_url, open_video, zero_stamp


@dataclass(frozen=True)
class Clip:
    """What a clip has of its video: from ``start_s`` to ``end_s``, in ``frames`` frames."""

    start_s: float
    end_s: float
    frames: int


class ClipCutter:
    """A video that clips are cut out of.

    Raises UnusableVideo if it has no pictures, or if places in it cannot be found by their times, as in joined
    recordings.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times = probe_video(path, np.inf, may_be_cut=True).times
        keys = read_key_frames(path, self._times)
        if keys is None:
            raise UnusableVideo(
                "no_places", "places in this file cannot be found by their times, so it cannot be cut without encoding"
            )
        self._keys = keys

    def cut(self, start_s: float, end_s: float, output: Path) -> Clip:
        """Write the part from ``start_s`` to ``end_s`` into a file of the same format; both are in seconds.

        The clip begins at the last key frame until ``start_s``, or at the first of the video, which may be later, and
        ends with the last frame that begins before ``end_s``, or with some after it that others need. All its frames
        are as they were.
        Raises UnusableVideo if the format, or the file, does not allow it.
        """
        place = int(np.searchsorted(self._keys, start_s + TIME_TOLERANCE_S, side="right")) - 1
        key_s = float(self._keys[max(place, 0)])
        if end_s <= key_s:
            raise UnusableVideo(
                "no_clip", f"has no key frame until {key_s:.3f} s, so {start_s:.3f}-{end_s:.3f} s cannot be cut"
            )
        try:
            with written_whole(output) as temporary, open_video(self._path) as source:
                return _copy(source, key_s, max(end_s, key_s + TIME_TOLERANCE_S), temporary)
        except (av.FFmpegError, ValueError) as error:
            raise UnusableVideo("no_clip", f"cannot be cut at {start_s:.3f} s without encoding ({error})") from None


def _copy(source: av.container.InputContainer, key_s: float, end_s: float, output: Path) -> Clip:
    video = source.streams[choose_track(source).index]
    zero = zero_stamp(source, video)
    first = zero + round(key_s / video.time_base)
    source.seek(first, stream=video)
    with av.open(file_url(output), "w") as target:
        streams = {one.index: target.add_stream_from_template(one) for one in (video, *source.streams.audio)}
        packets = list(_packets(source, video, first, zero + round(end_s / video.time_base)))
        own = [packet for packet in packets if packet.stream is video]
        last_pts = max(packet.pts + (packet.duration or 0) for packet in own)
        for packet in packets:
            shift = round(key_s / packet.time_base) + zero_stamp(source, packet.stream)
            packet.pts -= shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            packet.stream = streams[packet.stream.index]
            target.mux(packet)
    times = [float((stamp - zero) * video.time_base) for stamp in (first, last_pts)]
    return Clip(round(times[0], 3), round(times[1], 3), len(own))


def _packets(source: av.container.InputContainer, video: av.VideoStream, first: int, end: int) -> Iterator[av.Packet]:
    """Yield the packets from a key frame on, in their order: pictures until the last before ``end``, and their sound.

    ``first``, ``end``: time stamps of the track of pictures.
    """
    begun, waiting = False, []
    begin_s, end_s = first * video.time_base, end * video.time_base
    for packet in source.demux([video, *source.streams.audio]):
        if packet.pts is None or not packet.size:
            continue
        if packet.stream is not video:
            if begin_s <= packet.pts * packet.time_base < end_s:
                waiting.append(packet)
            continue
        begun |= packet.is_keyframe and packet.pts == first
        # Frames before the key frame that follow it in the file need one before it.
        if not begun or packet.pts < first:
            continue
        waiting.append(packet)
        if packet.pts < end:
            yield from waiting
            waiting = []
        if (packet.dts if packet.dts is not None else packet.pts) >= end:
            break
    yield from (packet for packet in waiting if packet.stream is not video)
