#!/usr/bin/env bash
# OpenCV: cv2.VideoCapture converts HDR and wide-gamut video to BT.709; PyAV and ffmpeg only undo the matrix.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, av 18.1.0, imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), Python 3.11
# Expected:  the same 8-bit RGB for the same file, but for rounding, as for all files without these tags: OpenCV's
#            frames come from the same decoder and library of conversions, and no option mentions colour.
# Seen:      grey at half of the range is 128 to PyAV and ffmpeg, and to OpenCV 144 with the tag HLG, 185 with PQ.
#            Colours also differ by BT.2020 primaries alone: a red of 181 becomes 218. Tags sRGB and linear are ignored.
# Matters:   telephones record HLG. Networks and detectors that learned from frames of one reader see lighter and more
#            saturated pictures from the other, in these files alone.
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

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y"]
RAW = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", "32x32", "-i", "-"]
GREY, RED = (126, 128, 128), (126, 100, 160)  # luma, Cb and Cr, limited range


def read(colour: tuple[int, int, int], transfer: str, primaries: str, matrix: str) -> list[list[int]]:
    """RGB of a file of one colour with these tags, to ffmpeg, PyAV and OpenCV."""
    tags = f"setparams=range=limited:color_trc={transfer}:color_primaries={primaries}:colorspace={matrix}"
    frame = bytes([colour[0]]) * 1024 + bytes([colour[1]]) * 256 + bytes([colour[2]]) * 256
    coded = ["-vf", tags, "-c:v", "libx264", "-qp", "0", "-threads", "1", "tagged.mp4"]
    subprocess.run([*FFMPEG, *RAW, *coded], input=frame * 3, check=True)
    shown = [*FFMPEG, "-i", "tagged.mp4", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with av.open("tagged.mp4") as file:
        pyav = next(file.decode(video=0)).to_ndarray(format="rgb24")[16, 16]
    opencv = cv2.VideoCapture("tagged.mp4").read()[1][16, 16, ::-1]
    return [list(subprocess.run(shown, stdout=subprocess.PIPE, check=True).stdout[:3]), pyav.tolist(), opencv.tolist()]


SEEN = {  # whether OpenCV's grey and red are as PyAV's
    ("bt709", "bt709", "bt709"): (True, True),
    ("iec61966-2-1", "bt709", "bt709"): (True, True),
    ("linear", "bt709", "bt709"): (True, True),
    ("bt2020-10", "bt2020", "bt2020nc"): (True, False),
    ("arib-std-b67", "bt2020", "bt2020nc"): (False, False),
    ("smpte2084", "bt2020", "bt2020nc"): (False, False),
}
for tags, expected in SEEN.items():
    same = []
    for colour in (GREY, RED):
        ffmpeg, pyav, opencv = read(colour, *tags)
        print(f"{', '.join(tags)}: {colour} is {ffmpeg} to ffmpeg, {pyav} to PyAV, {opencv} to OpenCV")
        assert max(abs(one - other) for one, other in zip(ffmpeg, pyav)) <= 2, "ffmpeg and PyAV differ"
        same.append(max(abs(one - other) for one, other in zip(pyav, opencv)) <= 2)
    assert tuple(same) == expected, "no longer so"
END
