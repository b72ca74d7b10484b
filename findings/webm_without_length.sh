#!/usr/bin/env bash
# OpenCV: a WebM file without a length has minus 2e17 frames.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), Python 3.11
# Expected:  CAP_PROP_FRAME_COUNT is 0 or -1 if the number of frames is not known, or an estimate above 0.
# Seen:      -2.3e17, for WebM and Matroska that were written to a pipe; all frames of such a file can be read. The same
#            stream written to a file that can be rewound has a length, and the right number.
# Matters:   browsers record without a length. `range(int(count))` reads nothing and reports no error; `count or 0` and
#            a test for 0 or -1 do not help, and positions computed from the count are far outside of the file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  imageio-ffmpeg==0.8.1 numpy==2.4.6 opencv-contrib-python-headless==4.14.0.94 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
import subprocess

import cv2
import imageio_ffmpeg

SOURCE = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=2"]


def write(name: str, *options: str, piped: bool) -> None:
    """Write two seconds of a test picture to a file, through a pipe or directly."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *SOURCE, *options]
    if not piped:
        subprocess.run([*command, name], check=True)
        return
    with open(name, "wb") as file:
        file.write(subprocess.run([*command, "-"], stdout=subprocess.PIPE, check=True).stdout)


for codec, container in (("libvpx", "webm"), ("libx264", "matroska")):
    for piped in (True, False):
        name = f"{container}-{piped}"
        write(name, "-c:v", codec, "-f", container, piped=piped)
        capture, frames = cv2.VideoCapture(name), 0
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        while capture.read()[0]:
            frames += 1
        print(f"{container}, {'through a pipe' if piped else 'to a file'}: {count:g} frames counted, {frames} read")
        assert frames == 50 and (count < -1e17 if piped else count == 50), "no longer so"
END
