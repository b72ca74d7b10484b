#!/usr/bin/env bash
# OpenCV: cv2.resize with INTER_AREA averages over areas only if neither side grows.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, Python 3.11
# Expected:  a picture that becomes a quarter as wide is averaged over four columns, whatever happens to its height.
# Seen:      with a height that grows by a single row, each pixel comes from two columns and the others are dropped:
#            of white lines every four pixels, the same picture is black, dark or light grey, depending on where the
#            lines are. Nothing says so.
# Matters:   wide videos that are squashed to a square alias, and narrower ones of the same size do not: 640 x 120 to
#            128 x 128 is one, 640 x 128 is not. Scaling the sides one after the other averages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  numpy==2.4.6 opencv-contrib-python-headless==4.14.0.94 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
import cv2
import numpy as np


def resized(first_line: int, height: int) -> int:
    """The grey of white lines, every four columns from ``first_line``, after (40, 40) became (``height``, 10)."""
    lines = np.zeros((40, 40), np.uint8)
    lines[:, first_line::4] = 255
    small = cv2.resize(lines, (10, height), interpolation=cv2.INTER_AREA)
    assert (small == small[0, 0]).all(), "the lines are still there"
    return int(small[0, 0])


for height in (20, 39, 40, 41, 80):
    greys = [resized(first_line, height) for first_line in range(4)]
    print(f"40 x 40 to 10 x {height}: lines from column 0, 1, 2 and 3 become {greys}")
    assert (greys == [64, 64, 64, 64]) == (height <= 40), "no longer so"
END
