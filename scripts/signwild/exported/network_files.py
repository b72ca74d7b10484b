"""Recurrent networks in a detector's folder: small, and without anything that only training needs.

A network's group holds its weights by number, in Keras's order (``Model.weights``). Weights are float16 where they
fit, which halves the folder; docs/decisions.md shows how little that changes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

if TYPE_CHECKING:
    import keras  # takes seconds to start, and exporting needs none of it

PACKED_BYTES = 4096
"""Minimum size of an array that is compressed: the exponent bytes of large arrays are alike."""


@dataclass(frozen=True)
class StartingNetwork:
    """A network that a training starts from: its group in a detector's file."""

    file: Path
    group: str


def copy_network(trained: h5py.Group, group: h5py.Group) -> None:
    """Copy the ``variables`` of a trained network to a group of a detector's file.

    The states of random generators, which are the integer variables, are only needed for training and are left out.
    """
    arrays = [trained[number][()] for number in sorted(trained)]
    weights = [values for values in arrays if np.issubdtype(values.dtype, np.floating)]
    for number, values in enumerate(weights):
        small = _as_small(values)
        packing = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
        group.create_dataset(f"{number:03d}", data=small, **packing if small.nbytes >= PACKED_BYTES else {})


def read_network(model: "keras.Model", group: h5py.Group) -> None:
    """Load the weights that ``copy_network`` wrote into a network."""
    for weight, number in zip(model.weights, sorted(group), strict=True):
        weight.assign(group[number][()].astype(np.float32))


def _as_small(values: np.ndarray) -> np.ndarray:
    """Return the values as float16, or unchanged if one is too large for it."""
    if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        return values
    return values.astype(np.float16)
