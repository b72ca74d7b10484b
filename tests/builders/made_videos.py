"""Small videos with a number in every frame, made by the bundled ffmpeg, and a shard that resamples them."""

import subprocess
from pathlib import Path

import h5py
import imageio_ffmpeg
import numpy as np
import pandas as pd

from signwild.base.digests import file_sha256
from signwild.base.files import read_table, write_table
from signwild.configuration.sections.resample import Resample
from signwild.stages.resample.resample_videos import resample_shard

BITS = 8
"""Number of bars in a picture; bar k is bright if bit k of the frame's number is set."""

SIZE = 64
"""Side of the resampled images."""

IRREGULAR = "0.05*N+0.015*mod(N,2)"
"""Times of the frames of a variable-rate video, as an ffmpeg expression: intervals of 65 and 35 ms."""

CODECS = {
    ".mp4": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16"],
    ".webm": ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M"],
    ".avi": ["-c:v", "mpeg4", "-q:v", "2"],
}


def numbered_frames(count: int, width: int = 128, height: int = 96) -> np.ndarray:
    """Return RGB frames (count, height, width, 3) uint8: the frame's number as bars above, drifting colours below."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    bar = np.minimum((x * BITS).astype(int), BITS - 1)
    frames = np.empty((count, height, width, 3), np.uint8)
    for number in range(count):
        drift = number / 30
        colours = [np.sin(3 * x + drift), np.sin(2 * y - 2 * drift), np.sin(3 * x + 2 * y + 1)]
        frames[number] = 128 + 80 * np.stack(colours, axis=-1)
        frames[number, y < 0.5] = np.where(number >> bar & 1, 220, 35)[y < 0.5, None]
    return frames


def read_numbers(images: np.ndarray) -> list[int]:
    """Return the numbers in images (n, s, s) or (n, s, s, 3)."""
    grey = images.reshape(*images.shape[:3], -1).mean(axis=-1)
    rows, columns = grey.shape[1] // 4, ((np.arange(BITS) + 0.5) / BITS * grey.shape[2]).astype(int)
    return ((grey[:, rows, columns] > 128) << np.arange(BITS)).sum(axis=1).tolist()


def run_ffmpeg(*arguments: object, data: bytes = b"") -> None:
    """Run the bundled ffmpeg with ``data`` as its standard input."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, arguments)]
    subprocess.run(command, input=data, check=True)


def write_video(
    path: Path, frames: int | np.ndarray, rate: str = "30", *options: str, presentation: str | None = None
) -> Path:
    """Write a video in the format of its suffix; a count stands for that many numbered frames.

    ``options``: more options of ffmpeg for the output. ``presentation``: the time of frame N in seconds, as an ffmpeg
    expression.
    """
    if isinstance(frames, int):
        frames = numbered_frames(frames)
    _, height, width, _ = frames.shape
    picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-framerate", rate, "-i", "pipe:0"]
    pixels = "yuv420p" if width % 2 == height % 2 == 0 else "yuv444p"
    timing = []
    if presentation:
        timing = ["-vf", f"settb=1/90000,setpts='({presentation})/TB'", "-fps_mode", "passthrough"]
        timing += ["-enc_time_base", "1:90000"]
    codec = [*CODECS[path.suffix], "-pix_fmt", pixels, "-threads", "1"]
    run_ffmpeg(*picture, *timing, *codec, *options, f"file:{path}", data=frames.tobytes())
    return path


class Shard:
    """Some videos as one shard, and the files that resampling it leaves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.images = folder / "images.h5"
        self.clips = folder / "clips.h5"
        self.manifest = folder / "resampled.tsv"

    def resample(self, *videos: Path, missing: bool = True, **parameters: object) -> pd.DataFrame:
        """Resample videos, with their file names as ids, and return the manifest by id.

        ``missing``: whether features are still missing of videos whose samples are in the store.
        """
        rows = [[path.name, "ok", "", str(path), file_sha256(path), path.stat().st_size] for path in videos]
        columns = ["video_id", "status", "reason", "file", "sha256", "bytes"]
        return self.resample_table(pd.DataFrame(rows, columns=columns), missing, **parameters)

    def resample_table(self, downloads: pd.DataFrame, missing: bool = True, **parameters: object) -> pd.DataFrame:
        """Resample the videos of a download manifest, and return the resample manifest by id."""
        path = self.folder / "downloads.tsv"
        write_table(path, downloads)
        settings = Resample(**{"image_size": SIZE, **parameters})
        resample_shard(path, self.manifest, self.images, self.clips, self.store, settings, lambda _id, _key: missing)
        return read_table(self.manifest).set_index("video_id")

    def pictures(self, key: str) -> np.ndarray:
        """Return the RGB images of one video's samples."""
        with h5py.File(self.images) as file:
            return file[key]["images"][()]

    def clip(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the grey clip of one video, and the positions of the samples in it."""
        with h5py.File(self.clips) as file:
            return file[key]["grey"][()], file[key]["centres"][()]
