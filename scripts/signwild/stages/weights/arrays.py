"""Arrays of VGG-16's weights: their shapes, and their values from a file or from seeded random numbers."""

from pathlib import Path

import h5py
import numpy as np

from signwild.stages.weights.receipt import PreparedWeights

BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""Convolutions and filters of each block (Simonyan and Zisserman 2014, configuration D)."""

FC1_UNITS = 4096

RANDOM_INPUT_SCALE = 1 / 64
"""Scale that brings the features of random weights to about 1, like those of the ImageNet weights."""


def convolution_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of every convolution's kernel (rows, columns, channels in, filters), by key."""
    shapes, channels = {}, 3
    for block, (convolutions, filters) in enumerate(BLOCKS, start=1):
        for convolution in range(1, convolutions + 1):
            shapes[f"block{block}_conv{convolution}/kernel"] = (3, 3, channels, filters)
            channels = filters
    return shapes


def fc1_shape(image_size: int) -> tuple[int, int]:
    """Return the shape of fc1's kernel: from the pooled, flattened block 5 to 4,096 units."""
    return layer_width("block5", image_size), FC1_UNITS


def layer_width(layer: str, image_size: int) -> int:
    """Return the number of features that a layer gives per sample."""
    channels = BLOCKS[-1][1]
    return {"fc1": FC1_UNITS, "block5_gap": channels}.get(layer) or (image_size // 32) ** 2 * channels


def expected_shapes(image_size: int, with_fc1: bool) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all kernels and biases that the network needs."""
    kernels = convolution_shapes() | ({"fc1/kernel": fc1_shape(image_size)} if with_fc1 else {})
    return {
        key: shape
        for name, kernel in kernels.items()
        for key, shape in ((name, kernel), (name.replace("kernel", "bias"), kernel[-1:]))
    }


def load_weights(prepared: PreparedWeights, image_size: int, with_fc1: bool) -> dict[str, np.ndarray]:
    """Return the arrays of VGG-16 by key, float32."""
    shapes = expected_shapes(image_size, with_fc1)
    drawn = [key for key in shapes if not prepared.path or (prepared.random_fc1 and key.startswith("fc1"))]
    stored = [key for key in shapes if key not in drawn]
    return _stored_weights(Path(prepared.path), stored) | _random_weights(shapes, drawn, prepared.seed)


def _stored_weights(path: Path, keys: list[str]) -> dict[str, np.ndarray]:
    if not keys:
        return {}
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {key: arrays[key].astype(np.float32, copy=False) for key in keys}
    with h5py.File(path) as file:
        datasets = keras_datasets(file)
        return {key: datasets[key][()].astype(np.float32, copy=False) for key in keys}


def _random_weights(shapes: dict[str, tuple[int, ...]], keys: list[str], seed: int) -> dict[str, np.ndarray]:
    """Draw arrays for ``keys``: He-normal kernels, with zero-mean filters except in the first layer, and zero biases.

    Activations after a ReLU are positive: filters with a nonzero mean would pass on little else, and after 13
    layers all images would look alike. Each array has its own random stream, so fc1 does not change the others.
    """
    arrays = {}
    for position, (key, shape) in enumerate(shapes.items()):
        if key not in keys:
            continue
        if key.endswith("bias"):
            arrays[key] = np.zeros(shape, np.float32)
            continue
        first, axes = key.startswith("block1_conv1"), tuple(range(len(shape) - 1))
        kernel = np.random.default_rng([seed, position]).standard_normal(shape, np.float32)
        kernel *= np.float32(np.sqrt(2 / np.prod(shape[:-1])) * (RANDOM_INPUT_SCALE if first else 1))
        arrays[key] = kernel if first else kernel - kernel.mean(axis=axes, keepdims=True)
    return arrays


def keras_datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """Return kernel and bias of each layer in a Keras weight file; names inside a layer have changed over time."""
    layers = file.get("model_weights", file)
    datasets = {}
    for layer, group in layers.items():
        names = group.attrs.get("weight_names", [])
        for kind, name in zip(("kernel", "bias"), names, strict=False):
            datasets[f"{layer}/{kind}"] = group[name.decode() if isinstance(name, bytes) else name]
    return datasets
