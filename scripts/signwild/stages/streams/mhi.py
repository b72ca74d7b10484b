"""Motion history images: where something moved in a short window, the brighter the later (paper section 4.2)."""

import cv2
import h5py
import numpy as np

from signwild.configuration.sections.mhi import MhiStream
from signwild.stages.streams.stream_files import write_window_images


def write_mhi(clip: h5py.Group, group: h5py.Group, parameters: MhiStream) -> None:
    """Write the motion history of all windows of one clip."""
    write_window_images(
        clip, group, parameters.before, parameters.after, lambda frames: motion_history_image(frames, parameters)
    )


def motion_history_image(frames: np.ndarray, parameters: MhiStream) -> np.ndarray:
    """Return the motion history of one window of grey frames (k, s, s) uint8, as an image (s, s, 1) uint8.

    Step t = 1 ... k - 1 marks the pixels that change by more than ``threshold`` grey levels between two
    frames. A pixel's value is its last step, scaled so that k - 1 is 255; without motion it is 0 (Davis and
    Bradski 2000, with the whole window as duration, as in the authors' code).
    """
    moved = cv2.absdiff(frames[1:], frames[:-1]) > parameters.threshold
    values = np.round(np.linspace(0, 255, len(frames))[1:]).astype(np.uint8)
    return np.max(moved * values[:, None, None], axis=0)[..., None]
