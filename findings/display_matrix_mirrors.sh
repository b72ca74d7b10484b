#!/usr/bin/env bash
# OpenCV and PyAV: a video that its file mirrors is turned by 180 degrees, or shown as stored; ffmpeg mirrors it.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, av 18.1.0, imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), Python 3.11
# Expected:  the display matrix of an mp4 file is obeyed by all, as it is for turns; or mirroring is ignored by all.
# Seen:      for a horizontal mirror cv2.VideoCapture turns the picture upside down and says 180 degrees, and PyAV's
#            `frame.rotation` is -180; for a vertical mirror both say 0, and OpenCV leaves the picture as it is stored.
#            Only ffmpeg shows what the file asks for. Turns are the same with all.
# Matters:   cameras that face their user can write such files. Two readers of one file then see another hand, or a
#            person upside down. The angle alone cannot tell a mirror from a turn: the matrix has to be read.
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


def ffmpeg(*options: str, given: bytes = b"") -> bytes:
    """Run the packaged ffmpeg and return what it writes to its standard output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *options]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout


def white_corner(picture: np.ndarray) -> str:
    """The corner in which the white quarter of a 32 x 32 picture is."""
    row, column = np.unravel_index(picture.reshape(2, 16, 2, 16, -1).mean((1, 3, 4)).argmax(), (2, 2))
    return f"{('top', 'bottom')[row]} {('left', 'right')[column]}"


picture = np.zeros((32, 32), np.uint8)
picture[:16, :16] = 255
raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-video_size", "32x32"]
ffmpeg(*raw, "-i", "-", "-c:v", "libx264", "-pix_fmt", "yuv420p", "plain.mp4", given=picture.tobytes() * 5)
SEEN = {  # where the white corner is to ffmpeg and to OpenCV, and PyAV's angle
    ("-display_rotation", "180"): ("bottom right", "bottom right", -180),
    ("-display_rotation", "90"): ("bottom left", "bottom left", 90),
    ("-display_hflip",): ("top right", "bottom right", -180),
    ("-display_vflip",): ("bottom left", "top left", 0),
}
for asked, expected in SEEN.items():
    ffmpeg(*asked, "-i", "plain.mp4", "-c", "copy", "asked.mp4")
    shown = ffmpeg("-i", "asked.mp4", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    read = cv2.VideoCapture("asked.mp4").read()[1]
    with av.open("asked.mp4") as file:
        angle = next(file.decode(video=0)).rotation
    seen = white_corner(np.frombuffer(shown, np.uint8)), white_corner(read), angle
    print(f"{' '.join(asked)}: white is {seen[0]} to ffmpeg, {seen[1]} to OpenCV; PyAV's rotation is {angle}")
    assert seen == expected, "no longer so"
END
