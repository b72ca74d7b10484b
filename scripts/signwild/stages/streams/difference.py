"""Multi-frame differences: how much each pixel changes within a short window (paper section 4.2)."""

import cv2
import h5py
import numpy as np

from signwild.configuration.sections.difference import DifferenceStream
from signwild.stages.streams.stream_files import write_window_images


def write_difference(clip: h5py.Group, group: h5py.Group, parameters: DifferenceStream) -> None:
    """Write the differences of all windows of one clip."""
    write_window_images(
        clip, group, parameters.before, parameters.after, lambda frames: difference_image(frames, parameters)
    )


def difference_image(frames: np.ndarray, parameters: DifferenceStream) -> np.ndarray:
    """Return the absolute differences of consecutive grey frames (k, s, s) uint8, as an image (s, s, c) uint8.

    ``stack``: c = k - 1, one channel per difference, oldest first (the paper). ``sum``: c = 1, their
    saturating sum (the authors' code).
    """
    differences = cv2.absdiff(frames[1:], frames[:-1])
    if parameters.form == "sum":
        differences = np.minimum(differences.sum(axis=0, keepdims=True, dtype=np.uint16), 255).astype(np.uint8)
    return np.moveaxis(differences, 0, -1)
