"""Contents of video files, and a single decode of each.

Frame times are read from the container before decoding (PyAV, no decode). Frames come from one pass of
the bundled ffmpeg with frame passthrough, so variable-rate video is neither padded nor thinned.
"""

import math
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np

from signwild.base.errors import UnusableVideo

FRAMES_AT_ONCE = 64
"""Frames passed on together; bounds memory whatever the video's length."""

MIN_DECODED_SHARE = 0.95
"""Share of the promised video that a file must contain, and that must decode; below it the file is truncated."""


class DecoderKilled(RuntimeError):
    """End of ffmpeg by a signal: from the system, short of memory, or its own, which an odd file can cause."""


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
        with av.open(_file_url(path), metadata_errors="replace") as container:
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
    return _times_from_stamps(np.array(sorted(stamps), dtype=np.int64), stream.time_base, max_seconds), cut, start


def _times_from_stamps(stamps: np.ndarray, time_base: Fraction, max_seconds: float) -> np.ndarray:
    # Multiplied first: 3/5 s then equals the number "0.6" in a table of labels, not one just below it.
    times = (stamps - stamps[:1]) * time_base.numerator / time_base.denominator
    return times[times < max_seconds]


def _file_url(path: Path | str) -> str:
    """Return a path that ffmpeg cannot take for an option or a protocol, such as "-x" or "a:b"."""
    return f"file:{path}"


def upright_size(path: Path | str) -> tuple[int, int]:
    """Return a video's displayed width and height in square pixels: rotated as its file asks, pixels made square.

    Decodes the first decodable frame, which states the rotation. Raises UnusableVideo if there is none.
    """
    try:
        with av.open(_file_url(path), metadata_errors="replace") as container:
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


@dataclass(frozen=True)
class FrameForm:
    """Form of decoded frames: their size in pixels, and whether they have chroma.

    With chroma a frame has three planes: luma and the two chroma planes, full-range BT.601, 4:4:4. Without it,
    a frame is luma alone, which is the grey image.
    """

    width: int
    height: int
    chroma: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a frame: planes, height, width."""
        return 3 if self.chroma else 1, self.height, self.width


def to_rgb(planes: np.ndarray) -> np.ndarray:
    """Convert full-range luma, Cb and Cr planes (3, s, s) to an RGB image (s, s, 3)."""
    return cv2.cvtColor(np.ascontiguousarray(planes[[0, 2, 1]].transpose(1, 2, 0)), cv2.COLOR_YCrCb2RGB)


class Decoder:
    """One pass of ffmpeg over a video: iterate over it for frames, then read ``frames``, their number, and ``times``.

    Yields arrays (n, planes, height, width) uint8, n <= FRAMES_AT_ONCE, of consecutive upright frames. Luma
    and chroma are taken at source size; each plane is then scaled by area averaging.
    """

    def __init__(self, path: Path | str, frames: int, max_seconds: float, form: FrameForm, threads: int) -> None:
        self.form = form
        self.max_seconds = max_seconds
        self.frames = 0
        self._directory = tempfile.TemporaryDirectory(prefix="signwild-")
        self._stamps = Path(self._directory.name) / "stamps.txt"
        self._messages = Path(self._directory.name) / "messages.txt"
        self._command = _decode_command(path, frames, form, threads, self._stamps)

    def __enter__(self) -> "Decoder":
        with self._messages.open("w") as messages:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=messages
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdout.close()
        self._process.kill()
        self._process.wait()
        self._directory.cleanup()

    def __iter__(self) -> Iterator[np.ndarray]:
        frame = math.prod(self.form.shape)
        while chunk := self._process.stdout.read(FRAMES_AT_ONCE * frame):
            if whole := len(chunk) // frame:
                self.frames += whole
                yield np.frombuffer(chunk, np.uint8, whole * frame).reshape(whole, *self.form.shape)
        if self._process.wait() < 0:
            raise DecoderKilled(f"ffmpeg was killed by signal {-self._process.returncode}; start again")

    @property
    def times(self) -> np.ndarray:
        """Times of the decoded frames in seconds from the first, (n,), from the stamps that ffmpeg saw."""
        if not self._stamps.exists() or not self._stamps.stat().st_size:
            return np.empty(0)
        with self._stamps.open() as lines:
            time_base = Fraction(next(lines).split()[1])
            lines.seek(0)
            stamps = np.fromiter((int(line.partition(" ")[0]) for line in lines), np.int64)
        return _times_from_stamps(stamps, time_base, self.max_seconds)

    @property
    def message(self) -> str:
        """Last error message of ffmpeg, without the file's path, or an empty string."""
        lines = [line for line in self._messages.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].split("] ")[-1].strip() if lines else ""


def _decode_command(path: Path | str, frames: int, form: FrameForm, threads: int, stamps: Path) -> list[str]:
    source = ffmpeg.input(_file_url(path), threads=threads).video
    scaled = source.filter(
        "scale", form.width, form.height, flags="area", out_range="full", out_color_matrix="bt601"
    ).filter("format", "yuv444p" if form.chroma else "gray")
    output = ffmpeg.output(
        scaled,
        "pipe:1",
        format="rawvideo",
        vframes=frames,
        fps_mode="passthrough",
        enc_time_base="demux",
        **{"stats_enc_pre:v": str(stamps), "stats_enc_pre_fmt:v": "{pts} {tb}"},
    ).global_args("-nostdin", "-hide_banner", "-loglevel", "error", "-filter_threads", str(threads))
    return output.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
