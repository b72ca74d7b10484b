"""Decoding of video files, in one pass of the bundled ffmpeg for each.

Frames are passed through, so variable-rate video is neither padded nor thinned.
"""

import math
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np

from signwild.video.container import (
    file_url,
    times_from_stamps,
)

FRAMES_AT_ONCE = 64
"""Frames passed on together; bounds memory whatever the video's length."""


class DecoderKilled(RuntimeError):
    """End of ffmpeg by a signal: from the system, short of memory, or its own, which an odd file can cause."""


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
        return times_from_stamps(stamps, time_base, self.max_seconds)

    @property
    def message(self) -> str:
        """Last error message of ffmpeg, without the file's path, or an empty string."""
        lines = [line for line in self._messages.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].split("] ")[-1].strip() if lines else ""


def _decode_command(path: Path | str, frames: int, form: FrameForm, threads: int, stamps: Path) -> list[str]:
    source = ffmpeg.input(file_url(path), threads=threads).video
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
