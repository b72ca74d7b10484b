"""Decoding of video files, in one pass of the bundled ffmpeg for each.

Frames are passed through, so variable-rate video is neither padded nor thinned.
"""

import math
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np

from signwild.base.errors import UnusableVideo
from signwild.video.frame_times import first_seconds, times_from_stamps
from signwild.video.tracks import Track, file_url, find_track

FRAMES_AT_ONCE = 64
"""Frames passed on together; bounds memory whatever the video's length."""


FIRST_TIMES = 1000
"""Frames whose times are read before it is decided for the first time whether more are needed."""

ASPECT_TOLERANCE = 0.02
"""Aspect ratios that differ by a smaller share are the same."""

SIZE_CHANGE = "Reconfiguring filter graph because video parameters changed"
"""What ffmpeg's log says where frames have another size or form than those before."""


CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
"""Signals that end ffmpeg by its own fault, on an odd file; the same file would end it again."""


class DecoderKilled(RuntimeError):
    """End of ffmpeg by a signal from outside, such as the system's, short of memory."""


@dataclass(frozen=True)
class FrameForm:
    """Form of decoded frames: their size in pixels, and whether they have chroma.

    With chroma a frame has three planes: luma and the two chroma planes, full-range BT.601, 4:4:4. Without it,
    a frame is luma alone, which is the grey image. ``stretched``: whether pictures of any aspect ratio fill the frame;
    otherwise those of another aspect ratio than the frame's have black borders.
    """

    width: int
    height: int
    chroma: bool
    stretched: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a frame: planes, height, width."""
        return 3 if self.chroma else 1, self.height, self.width


@dataclass(frozen=True)
class Choice:
    """Frames of a video that are decoded, instead of all.

    ``condition``: which of the decoded frames are passed on, an expression of ffmpeg's filter ``select``. ``skipped``:
    a value of ffmpeg's ``skip_frame``, for frames that are not decoded at all; empty for none. ``from_s``: where
    decoding begins, in seconds on the file's clock: at the last key frame up to there; None for the file's beginning.
    """

    condition: str
    skipped: str = ""
    from_s: float | None = None

    @classmethod
    def passage(cls, from_s: float, start_s: float, end_s: float) -> "Choice":
        """Return the choice of the frames from ``start_s`` to ``end_s``, decoded from about ``from_s`` on."""
        return cls(f"between(t,{start_s:.6f},{end_s:.6f})", from_s=from_s)

    @classmethod
    def one_each(cls, interval_s: float, skipped: str) -> "Choice":
        """Return the choice of the first decoded frame in each interval of this length."""
        return cls(f"isnan(prev_selected_t)+gt(floor(t/{interval_s:g}),floor(prev_selected_t/{interval_s:g}))", skipped)


def to_rgb(planes: np.ndarray) -> np.ndarray:
    """Convert full-range luma, Cb and Cr planes (3, s, s) to an RGB image (s, s, 3)."""
    return cv2.cvtColor(np.ascontiguousarray(planes[[0, 2, 1]].transpose(1, 2, 0)), cv2.COLOR_YCrCb2RGB)


class Decoder:
    """One pass of ffmpeg over a video: iterate over it for frames, then read ``frames``, their number, and ``times``.

    Yields arrays (n, planes, height, width) uint8, n <= FRAMES_AT_ONCE, of consecutive upright frames, at most
    ``frames`` in all. Interlaced frames are deinterlaced, to one for two fields. Luma and chroma are taken at source
    size; each plane is then scaled by area averaging. ``choice``: which frames, else all.
    """

    def __init__(
        self, path: Path | str, frames: int, form: FrameForm, threads: int, choice: Choice | None = None
    ) -> None:
        self.form = form
        self.frames = 0
        self._track = find_track(path)
        self._directory = tempfile.TemporaryDirectory(prefix="signwild-")
        self._stamps = Path(self._directory.name) / "stamps.txt"
        self._messages = Path(self._directory.name) / "messages.txt"
        # Where decoding begins later, ffmpeg keeps the file's clock.
        self._zero_s = self._track.zero_s if choice is None or choice.from_s is None else 0.0
        self._command = _decode_command(path, self._track, frames, form, threads, self._stamps, choice)

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
        _check_end(self._process.wait())

    @property
    def times(self) -> np.ndarray:
        """Times of the decoded frames in seconds on the file's clock, (n,), from the stamps that ffmpeg saw."""
        if not self._stamps.exists():
            return np.empty(0)
        with self._stamps.open() as lines:
            return _times(list(lines), self._zero_s)[: self.frames]

    @property
    def message(self) -> str:
        """Last error message of ffmpeg, without the file's path, or an empty string."""
        faults = [line for line in self._log() if "[error] " in line or "[fatal] " in line]
        return faults[-1].split("] ")[-1].strip() if faults else ""

    @property
    def size_changes(self) -> int:
        """How often the size of the pictures, or another of their properties, changed within the video."""
        return sum(SIZE_CHANGE in line for line in self._log())

    def _log(self) -> list[str]:
        return self._messages.read_text(errors="replace").splitlines()


def read_frame_times(path: Path | str, track: Track, max_seconds: float) -> np.ndarray:
    """Decode a track, and return the times of its frames within the first ``max_seconds`` of footage, (n,).

    The times are in seconds on the file's clock; there are none if no frame can be decoded.
    """
    source = _deinterlaced(ffmpeg.input(file_url(path), threads=1)[str(track.index)], track)
    command = ffmpeg.output(source, "-", format="null", **_stamps_to("pipe:1")).global_args(*_quiet(1))
    process = subprocess.Popen(
        command.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines: list[str] = []
    zero_s = track.zero_s
    with process:
        # Looked at whenever there are twice as many, so that long videos take no longer than their length.
        while more := list(islice(process.stdout, max(FIRST_TIMES, len(lines)))):
            lines += more
            if math.isfinite(max_seconds) and len(first := first_seconds(_times(lines, zero_s), max_seconds)) < len(
                lines
            ):
                process.kill()
                return first
    _check_end(process.returncode)
    return first_seconds(_times(lines, zero_s), max_seconds)


def _check_end(code: int) -> None:
    """Raise UnusableVideo if ffmpeg crashed, and DecoderKilled if it was killed; ``code``: its exit status."""
    if -code in CRASHES:
        raise UnusableVideo("undecodable", f"ffmpeg crashes on it, by signal {-code}")
    if code < 0:
        raise DecoderKilled(f"ffmpeg was killed by signal {-code}; start again")


def _times(lines: list[str], zero_s: float) -> np.ndarray:
    """Return times in seconds on the file's clock of ffmpeg's lines of time stamp and time base.

    ``zero_s``: the time of ffmpeg's zero on that clock.
    """
    if not lines:
        return np.empty(0)
    stamps = np.fromiter((int(line.partition(" ")[0]) for line in lines), np.int64, len(lines))
    times = times_from_stamps(stamps, Fraction(lines[0].split()[1]))
    # Rounded, as the sum may be just below a time that is written in a table of labels.
    return np.round(times + zero_s, 6) if zero_s else times


def _decode_command(
    path: Path | str,
    track: Track,
    frames: int,
    form: FrameForm,
    threads: int,
    stamps: Path,
    choice: Choice | None,
) -> list[str]:
    options = _input_options(choice) if choice else {}
    source = _deinterlaced(ffmpeg.input(file_url(path), threads=threads, **options)[str(track.index)], track)
    if choice:
        source = source.filter("select", choice.condition)
    output = ffmpeg.output(_scaled(source, form), "pipe:1", format="rawvideo", vframes=frames, **_stamps_to(stamps))
    return output.global_args(*_quiet(threads)).compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())


def _input_options(choice: Choice) -> dict[str, object]:
    """Return ffmpeg's options of an input of which some frames are wanted; None stands for an option's mere name."""
    options: dict[str, object] = {"skip_frame": choice.skipped} if choice.skipped else {}
    if choice.from_s is not None:
        # Frames from the key frame on pass, for the filters that need those before.
        options |= {"copyts": None, "start_at_zero": None, "noaccurate_seek": None, "ss": f"{choice.from_s:.6f}"}
    return options


def _deinterlaced(source: ffmpeg.Stream, track: Track) -> ffmpeg.Stream:
    """Return a stream with one frame for the two fields of each interlaced frame; others pass unchanged."""
    return source.filter("bwdif", mode="send_frame", deint="interlaced") if track.interlaced else source


def _scaled(source: ffmpeg.Stream, form: FrameForm) -> ffmpeg.Stream:
    width, height = form.width, form.height
    if not form.stretched:
        # Evaluated again where the size of the pictures changes. Whole pixels change the aspect ratio a little.
        alike = f"lt(abs(dar*{height}/{width}-1),{ASPECT_TOLERANCE})"
        width = f"if({alike},{form.width},max(1,min({form.width},round({form.height}*dar))))"
        height = f"if({alike},{form.height},max(1,min({form.height},round({form.width}/dar))))"
    scaled = source.filter("scale", width, height, flags="area", out_range="full", out_color_matrix="bt601")
    planes = scaled.filter("format", "yuv444p" if form.chroma else "gray")
    return planes if form.stretched else planes.filter("pad", form.width, form.height, -1, -1)


def _stamps_to(target: Path | str) -> dict[str, object]:
    """Return output options that pass on every frame at its time, and write its stamp and time base to ``target``."""
    stamps = {"stats_enc_pre:v": str(target), "stats_enc_pre_fmt:v": "{pts} {tb}"}
    return {"fps_mode": "passthrough", "enc_time_base": "demux", **stamps}


def _quiet(threads: int) -> tuple[str, ...]:
    return ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info", "-filter_threads", str(threads))
