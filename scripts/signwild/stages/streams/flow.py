"""Optical flow: fields between consecutive frames, coded as colour images (paper section 4.2)."""

from functools import cache

import cv2
import h5py
import numpy as np

from signwild.configuration.sections.flow import FlowStream
from signwild.stages.streams.stream_files import BLOCK, append_images
from signwild.video.sampling import window_positions

DIS_PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}


def write_flow(clip: h5py.Group, group: h5py.Group, parameters: FlowStream) -> None:
    """Write the fields of all windows of one clip, each field only once even if windows overlap.

    The first image represents no motion.
    """
    grey = clip["grey"]
    pairs = flow_pairs(clip["centres"][()], len(grey), clip["breaks"][()], parameters)
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


def flow_pairs(centres: np.ndarray, length: int, breaks: np.ndarray, parameters: FlowStream) -> np.ndarray:
    """Return the pairs of frames whose fields make up the window around each centre, (n, fields, 2) int64.

    A pair of equal frames is past an end of the video, or in a hole, and has no motion. With ``wrap_around`` the first
    pair is the window's last frame with its first, as in the authors' code.

    ``centres``: the samples' positions in a clip of ``length`` frames, (n,). ``breaks``: see ``window_positions``.
    """
    frames = window_positions(centres, parameters.before, parameters.after, length, breaks)
    if parameters.wrap_around:
        frames = np.concatenate([frames[:, -1:], frames], axis=1)
    return np.stack([frames[:, :-1], frames[:, 1:]], axis=-1)


def flow_image(first: np.ndarray, second: np.ndarray, parameters: FlowStream) -> np.ndarray:
    """Return the field from one grey image (s, s) uint8 to the next, as an RGB image (s, s, 3) uint8.

    Hue is the angle, value is the magnitude, and saturation is full.
    """
    field = flow_field(first, second, parameters)
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


def flow_field(first: np.ndarray, second: np.ndarray, parameters: FlowStream) -> np.ndarray:
    """Return the movement in pixels (x, y) from one grey image (s, s) uint8 to the next, (s, s, 2) float32.

    ``farneback``: dense, by polynomial expansion (Farneback, SCIA 2003). ``dis``: dense inverse search on patches,
    then variational refinement (Kroeger et al., ECCV 2016). A field depends only on its two images.
    """
    if parameters.algorithm == "dis":
        dis, finest_scale = dis_algorithm(parameters.dis_preset)
        dis.setFinestScale(finest_scale)  # images below 90 pixels or so change it, for the images after them too
        return dis.calc(first, second, None)
    # fmt: off
    return cv2.calcOpticalFlowFarneback(
        first, second, None, parameters.pyr_scale, parameters.levels, parameters.winsize, parameters.iterations,
        parameters.poly_n, parameters.poly_sigma, 0,
    )
    # fmt: on


@cache
def dis_algorithm(preset: str) -> tuple[cv2.DISOpticalFlow, int]:
    """Return OpenCV's dense inverse search, which is created once, and the preset's finest pyramid level."""
    dis = cv2.DISOpticalFlow_create(DIS_PRESETS[preset])
    return dis, dis.getFinestScale()
