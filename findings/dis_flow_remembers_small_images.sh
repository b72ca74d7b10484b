#!/usr/bin/env bash
# OpenCV: after one small image, dense inverse search computes other fields for large ones.
#
# Versions:  opencv-contrib-python-headless 4.14.0.94, Python 3.11
# Expected:  `DISOpticalFlow.calc` leaves the settings of its object alone, so a field depends on its two images only.
# Seen:      for images whose pyramid is too low for the preset's finest level (below some 90 pixels) it lowers the
#            object's `FinestScale`, and does not put it back: all later fields are computed at a finer level. They
#            take several times as long, and differ.
# Matters:   results depend on what one process computed before, so on the order of files and on how work is divided.
#            `setFinestScale` before each call helps; a new object for each call too.
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

noise = np.random.default_rng(0).integers(0, 256, (160, 160), np.uint8)
first = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)
second = np.roll(first, 2, axis=1)
for side in (160, 128, 96, 88, 48, 24):
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    before, level = dis.calc(first, second, None), dis.getFinestScale()
    dis.calc(first[:side, :side].copy(), second[:side, :side].copy(), None)
    after = dis.calc(first, second, None)
    difference = float(np.abs(before - after).max())
    print(
        f"after a field of {side} x {side} pixels: finest level {level} -> {dis.getFinestScale()}, "
        f"the field of 160 x 160 differs by up to {difference:.2g} pixels"
    )
    assert (dis.getFinestScale() < level) == (difference > 0.1) == (side < 90), "no longer so"
    dis.setFinestScale(level)
    assert np.array_equal(dis.calc(first, second, None), before), "setFinestScale no longer helps"
END
