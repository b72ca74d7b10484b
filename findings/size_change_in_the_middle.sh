#!/usr/bin/env bash
# OpenCV: after a change of size in a video, cv2.VideoCapture squeezes the new pictures into the first size.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, av 18.1.0, imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), Python 3.11
# Expected:  frames of the new size, as PyAV gives them, or an end of the video.
# Seen:      all frames have the size of the first, and a picture of other proportions is distorted: a disc becomes an
#            ellipse.
# Matters:   broadcasts and recorded calls change size when layout or bandwidth change. With OpenCV nothing shows it,
#            and what measures shapes, such as faces or poses, gets distorted pictures; with PyAV an array of all frames
#            cannot be made without asking each for its size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  av==18.1.0 imageio-ffmpeg==0.8.1 numpy==2.4.6 opencv-contrib-python-headless==4.14.0.94 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
import subprocess

import av
import cv2
import imageio_ffmpeg
import numpy as np

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y"]


def part(size: tuple[int, int], start_s: float) -> bytes:
    """Five frames of a white disc as a transport stream of this width and height, from a time on."""
    picture = np.zeros(size[::-1], np.uint8)
    cv2.circle(picture, (size[0] // 2, size[1] // 2), 20, 255, -1)
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-video_size", f"{size[0]}x{size[1]}", "-i", "-"]
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", "1", "-output_ts_offset", str(start_s)]
    command = [*FFMPEG, *raw, *coded, "-f", "mpegts", "-"]
    return subprocess.run(command, input=picture.tobytes() * 5, stdout=subprocess.PIPE, check=True).stdout


def extent(frame: np.ndarray) -> tuple[int, int]:
    """Width and height of the disc in a grey picture."""
    return int((frame > 128).any(0).sum()), int((frame > 128).any(1).sum())


with open("changed.ts", "wb") as file:
    file.write(part((64, 48), 0) + part((96, 96), 1))
with av.open("changed.ts") as file:
    pyav = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
capture, opencv = cv2.VideoCapture("changed.ts"), []
while (read := capture.read())[0]:
    opencv.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY))
seen = []
for name, frames in (("PyAV", pyav), ("OpenCV", opencv)):
    assert len(frames) == 10, "not all frames were read"
    sizes = [frame.shape[::-1] for frame in (frames[0], frames[-1])]
    discs = [extent(frame) for frame in (frames[0], frames[-1])]
    print(f"{name}: first frame {sizes[0]} with a disc of {discs[0]}, last {sizes[1]} with one of {discs[1]}")
    seen.append((sizes[0] == sizes[1], abs(discs[1][0] - discs[1][1]) > 3))
assert seen == [(False, False), (True, True)], "no longer so"
END
