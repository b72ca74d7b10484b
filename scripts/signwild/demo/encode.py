"""Reproducible H.264 encoding with the ffmpeg that comes with imageio-ffmpeg."""

import subprocess
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

CLOCK = 90000
"""Ticks per second of the files' timestamps."""


def encode(
    path: Path, frames: Iterable[np.ndarray], size: tuple[int, int], rate: Fraction, presentation: str | None = None
) -> None:
    """Write ``frames`` (planar 4:2:0, (1.5 h, w) uint8) as an mp4 file.

    ``presentation`` is the time of frame N in seconds, in ffmpeg's expression language; without it
    the frames come at ``rate``. One thread and no metadata ensure that equal frames give equal bytes.
    """
    timing = f"settb=1/{CLOCK}" + (f",setpts=({presentation})/TB" if presentation else "")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-threads", "1", "-filter_threads", "1"]
    command += ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "{}x{}".format(*size), "-framerate", str(rate)]
    command += ["-i", "pipe:0", "-vf", timing, "-fps_mode", "passthrough", "-enc_time_base", f"1:{CLOCK}"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-threads", "1", "-g", "120"]
    command += ["-video_track_timescale", str(CLOCK), "-map_metadata", "-1"]
    command += ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            for frame in frames:
                process.stdin.write(frame.data)
        except BrokenPipeError:
            # ffmpeg has given up; its message, read below, states why.
            pass
        _, message = process.communicate()
    if process.returncode:
        raise RuntimeError(f"ffmpeg could not write {path}: {message.decode(errors='replace').strip()}")


def frame_times(path: Path) -> np.ndarray:
    """Return the presentation times of a file's frames in seconds, increasing, (n,), without decoding."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        ticks = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
        return np.array(ticks, dtype=float) * float(stream.time_base)
