"""Short clips of a video in a form that every browser plays, for archives' formats that it does not play."""

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from threading import Lock

import av
import imageio_ffmpeg

from signwild.base.errors import InputError

SECONDS = 20
"""Length of a clip, at most: made in about a second, and long enough for most proposals."""

LINES = 480
"""Height of a clip in pixels, at most."""


_ONE_AT_A_TIME = Lock()
"""A reader who moves on quickly asks for several clips; each uses all cores."""


@lru_cache(maxsize=8)
def clip(video: Path, start_s: float) -> bytes:
    """Return a clip of a video from ``start_s`` on, as MP4 with H.264 and AAC.

    Times are exact, as every frame is decoded and encoded. The last ones are kept, as a browser reads one in parts.
    Raises InputError if ffmpeg cannot read the video.
    """
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-ss", f"{max(0.0, start_s):.3f}"]
    command += ["-i", str(video.absolute()), "-t", str(SECONDS)]
    command += ["-vf", f"scale=-2:'min({LINES},trunc(ih/2)*2)',format=yuv420p", "-c:v", "libx264"]
    command += ["-preset", "ultrafast", "-crf", "23", "-c:a", "aac", "-ac", "1", "-sn", "-dn"]
    # Browsers seek only in files that state where their frames are, and ffmpeg writes such to no pipe.
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        command += ["-movflags", "+faststart", str(path)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise InputError(f"{video}: cannot be shown ({reason}); decide in ELAN")
        with av.open(str(path)) as container:
            if not container.streams.video or not container.streams.video[0].frames:
                raise InputError(f"{video}: shows nothing from {start_s:g} s on")
        return path.read_bytes()
