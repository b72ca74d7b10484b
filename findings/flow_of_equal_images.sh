#!/usr/bin/env bash
# OpenCV: Farneback's optical flow between an image and itself is not zero.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, Python 3.11
# Expected:  exactly zero: both polynomial expansions are the same, so their difference is; dense inverse search (DIS)
#            gives exactly zero, and so does Farneback's method for an image of one grey.
# Seen:      up to some hundredths of a pixel on grain; less on weaker grain.
# Matters:   a still video has movement, more with more noise; "no movement" needs a threshold, not a test for zero, and
#            a field that is scaled to its own largest value shows noise at full strength.
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

FARNEBACK = {"pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 3, "poly_n": 5, "poly_sigma": 1.2, "flags": 0}
draw = np.random.default_rng(0)
IMAGES = {
    "one grey": np.full((128, 128), 128, np.uint8),
    "weak grain, 126 to 130": draw.integers(126, 131, (128, 128), np.uint8),
    "grain, 0 to 255": draw.integers(0, 256, (128, 128), np.uint8),
}
largest = []
for name, image in IMAGES.items():
    farneback = cv2.calcOpticalFlowFarneback(image, image.copy(), None, **FARNEBACK)
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(image, image.copy(), None)
    largest.append(float(np.abs(farneback).max()))
    print(f"{name}: at most {largest[-1]:.2g} pixels by Farneback's method, {np.abs(dis).max():.2g} by DIS")
    assert not dis.any(), "DIS: no longer so"
assert largest[0] == 0 < largest[1] < 0.01 < largest[2] < 1, "no longer so"
END
