#!/usr/bin/env bash
# MP4: with B-frames, the duration may end before the last frames begin.
#
# Versions:  imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), av 18.1.0, opencv-contrib-python-headless 4.14.0.94, Python 3.11
# Expected:  a file's duration reaches to the end of its last frame, and its mean rate is frames by duration, even if
#            the last frames come slower than the others; without B-frames it is so.
# Seen:      30 frames, the last two of which are a second later each: the file says that it lasts 1.0 s at 30 frames
#            a second, but its last frame is shown at 2.9 s. Durations are written in the order of decoding, and the
#            last frame to be shown is not the last to be decoded. PyAV and OpenCV pass on what the file says.
# Matters:   a rate from the header looks exact, and gives 1/30 s to frames that are a second apart; whoever seeks up to
#            the duration misses them. Only the frames' own times are right.
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

SLOWER = "setpts=(N+29*max(0\\,N-27))/30/TB"


def write(name: str, between: int) -> None:
    """Write 30 frames, the last two of which are a second later each, with at most so many B-frames in a row."""
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=30:duration=1", "-vf", SLOWER]
    coded = ["-fps_mode", "passthrough", "-c:v", "libx264", "-threads", "1", "-bf", str(between)]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *source, *coded, name]
    subprocess.run(command, check=True)


for between, expected in ((0, (2.933, 10.227)), (2, (1.0, 30.0))):
    write("slower.mp4", between)
    with av.open("slower.mp4") as file:
        stream = file.streams.video[0]
        duration, rate = float(stream.duration * stream.time_base), float(stream.average_rate)
        times = [frame.time for frame in file.decode(stream)]
    fps = cv2.VideoCapture("slower.mp4").get(cv2.CAP_PROP_FPS)
    listed = ", ".join(f"{time:.2f}" for time in times[-3:])
    print(
        f"at most {between} B-frames in a row: {len(times)} frames, {duration:g} s, {rate:g} a second "
        f"(OpenCV {fps:g}); the last three frames are at {listed} s"
    )
    assert times == sorted(times) and 2.8 < times[-1] < 3, "the frames are otherwise"
    assert (round(duration, 3), round(rate, 3)) == expected and abs(fps - rate) < 1e-6, "no longer so"
END
