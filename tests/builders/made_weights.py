"""Weight files of VGG-16 as Keras wrote them in 2016, and as .npz."""

from pathlib import Path

import h5py
import numpy as np


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    """Write arrays by their keys, block1_conv1/kernel and so on."""
    np.savez(path, **arrays)
    return path


def write_keras_file(path: Path, arrays: dict[str, np.ndarray], nested: bool = False) -> Path:
    """Write arrays as Keras 1 and 2 did: the names in a layer are in an attribute, and end in ``_W_1:0``.

    ``nested``: write them below ``model_weights``, as in a file of a whole model.
    """
    with h5py.File(path, "w") as file:
        _write_layers(file.create_group("model_weights") if nested else file, arrays)
    return path


def write_empty_keras_file(path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    """Write a Keras file with arrays of these shapes that take no space, because nothing is stored in them."""
    with h5py.File(path, "w") as file:
        _write_layers(file, shapes)
    return path


def _write_layers(file: h5py.Group, entries: dict) -> None:
    for layer in dict.fromkeys(key.split("/")[0] for key in entries):
        group = file.create_group(layer)
        names = {f"{layer}/{kind}": f"{layer}_{letter}_1:0" for kind, letter in (("kernel", "W"), ("bias", "b"))}
        names = {key: name for key, name in names.items() if key in entries}
        group.attrs["weight_names"] = [name.encode() for name in names.values()]
        for key, name in names.items():
            if isinstance(entries[key], tuple):
                group.create_dataset(name, entries[key], np.float32, chunks=True)
            else:
                group[name] = entries[key]
    file.create_group("block1_pool").attrs["weight_names"] = np.empty(0, "S1")
