"""Optical flow: Farneback fields between consecutive frames, coded as colour images (paper section 4.2)."""

import cv2
import h5py
import numpy as np

from signwild.parameters.flow import FlowStream
from signwild.sampling import window_positions
from signwild.streams import BLOCK, append_images


def write_flow(clip: h5py.Group, group: h5py.Group, parameters: FlowStream) -> None:
    """Write the fields of all windows of one clip, each field once, whatever the overlap of the windows.

    The first image stands for no motion.
    """
    grey = clip["grey"]
    pairs = flow_pairs(clip["centres"][()], len(grey), parameters)
    moving = pairs[..., 0] != pairs[..., 1]
    distinct, positions = np.unique(pairs[moving], axis=0, return_inverse=True)
    still = np.zeros(grey.shape[1:], np.uint8)
    append_images(group, flow_image(still, still, parameters)[None])
    for start in range(0, len(distinct), BLOCK):
        block = distinct[start : start + BLOCK]
        frames = grey[block.min() : block.max() + 1]
        fields = [flow_image(frames[first], frames[second], parameters) for first, second in block - block.min()]
        append_images(group, np.stack(fields))
    windows = np.zeros(moving.shape, np.int64)
    windows[moving] = positions.ravel() + 1
    group["windows"] = windows


def flow_pairs(centres: np.ndarray, length: int, parameters: FlowStream) -> np.ndarray:
    """Pairs of frames whose fields make up the window about each centre, (n, fields, 2) int64.

    A pair of equal frames stands past an end of the video and has no motion. With ``wrap_around`` the first
    pair is the window's last frame with its first, as in the authors' code.

    ``centres``: the samples' positions in a clip of ``length`` frames, (n,).
    """
    frames = window_positions(centres, parameters.before, parameters.after, length)
    if parameters.wrap_around:
        frames = np.concatenate([frames[:, -1:], frames], axis=1)
    return np.stack([frames[:, :-1], frames[:, 1:]], axis=-1)


def flow_image(first: np.ndarray, second: np.ndarray, parameters: FlowStream) -> np.ndarray:
    """The field from one grey image (s, s) uint8 to the next, as an RGB image (s, s, 3) uint8.

    Hue is the angle, saturation is full, value the magnitude.
    """
    # fmt: off
    field = cv2.calcOpticalFlowFarneback(
        first, second, None, parameters.pyr_scale, parameters.levels, parameters.winsize, parameters.iterations,
        parameters.poly_n, parameters.poly_sigma, 0,
    )
    # fmt: on
    magnitude, angle = cv2.cartToPolar(field[..., 0], field[..., 1], angleInDegrees=True)
    if parameters.value == "fixed":
        value = magnitude * (255 / (parameters.max_displacement * len(first)))
    else:
        value = cv2.normalize(magnitude, None, 0, 255, cv2.NORM_MINMAX)
    coded = np.empty((*first.shape, 3), np.uint8)
    coded[..., 0] = angle / 2  # OpenCV's hue counts in steps of two degrees
    coded[..., 1] = 255
    coded[..., 2] = np.minimum(value, 255)
    return cv2.cvtColor(coded, cv2.COLOR_HSV2RGB)
