"""Streams on disk: temporary shard files of the network's input at each sample.

A file has one group per sample key. ``images`` holds what is stored: the images of the samples themselves,
or, for flow, each field once. ``windows`` (n, k), if present, states which images make up a sample.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

import h5py
import numpy as np

from signwild.base.store import create_images, new_hdf5
from signwild.video.sampling import window_positions

BLOCK = 64
"""Samples or fields processed together; bounds memory regardless of the video's length."""


def compute_stream(
    clips: Path, stream_file: Path, write: Callable[[h5py.Group, h5py.Group], None], keys: Iterable[str]
) -> None:
    """Compute one motion stream of a shard for the videos with these sample keys.

    ``write(clip, group)`` fills the stream's group from a group of the clips file; its attribute ``seconds``
    states how long that took.
    """
    with h5py.File(clips) as source, new_hdf5(stream_file) as target:
        for key in keys:
            started, group = monotonic(), target.require_group(key)
            write(source[key], group)
            group.attrs["seconds"] = monotonic() - started


def read_stream(group: h5py.Group, rows: np.ndarray) -> np.ndarray:
    """Read the network's input at the samples ``rows`` (increasing): (n, s, s, c) uint8."""
    images = group["images"]
    if "windows" not in group:
        return images[rows]
    wanted, positions = np.unique(group["windows"][rows], return_inverse=True)
    stacked = images[wanted][positions.reshape(len(rows), -1)]
    n, k, s, _, c = stacked.shape
    return stacked.transpose(0, 2, 3, 1, 4).reshape(n, s, s, k * c)


def write_window_images(
    clip: h5py.Group, group: h5py.Group, before: int, after: int, image: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Write one image per window of the clip's grey frames: ``image`` turns (k, s, s) uint8 into (s, s, c) uint8."""
    grey = clip["grey"]
    windows = window_positions(clip["centres"][()], before, after, len(grey), clip["breaks"][()])
    for start in range(0, len(windows), BLOCK):
        block = windows[start : start + BLOCK]
        frames = grey[block.min() : block.max() + 1]
        append_images(group, np.stack([image(frames[window - block.min()]) for window in block]))


def append_images(group: h5py.Group, block: np.ndarray) -> None:
    """Add images (n, s, s, c) uint8 to those of a group."""
    if "images" not in group:
        create_images(group, "images", (0, *block.shape[1:]), can_grow=True)
    images = group["images"]
    images.resize(len(images) + len(block), axis=0)
    images[-len(block) :] = block
