"""Networks of keras.applications without their classifiers, and their arrays from a file or as random numbers."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from signwild.configuration.sections.features import BACKBONES, BackboneName
from signwild.stages.weights.receipt import PreparedWeights


def load_values(name: BackboneName, weights: PreparedWeights) -> list[np.ndarray]:
    """Return the arrays of a network for colour images, in the order of its Keras model's weights.

    Raises ValueError or OSError if the file is not this network's.
    """
    with policy("float32"):
        model = network_without_top(name, 32, 3)
    if not weights.path:
        return [_drawn(variable, weights.seed, number) for number, variable in enumerate(model.weights)]
    if Path(weights.path).suffix == ".npz":
        with np.load(weights.path) as arrays:
            return [arrays[variable.path] for variable in model.weights]
    model.load_weights(weights.path)
    return model.get_weights()


def _drawn(variable: keras.Variable, seed: int, number: int) -> np.ndarray:
    """Draw a random array: He-normal kernels, and normalisations that change nothing, with their own random stream."""
    kind, shape = variable.name, tuple(variable.shape)
    if kind in ("gamma", "moving_variance"):
        return np.ones(shape, np.float32)
    if kind in ("beta", "bias", "moving_mean"):
        return np.zeros(shape, np.float32)
    # A depthwise kernel, (rows, columns, channels, 1), sums over its places alone.
    inputs = np.prod(shape[:2]) if shape[-1] == 1 else np.prod(shape[:-1])
    return np.random.default_rng([seed, number]).standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / inputs))


def network_without_top(name: BackboneName, image_size: int, channels: int) -> keras.Model:
    """Return keras.applications' network to its last map, of random weights."""
    ours = {} if name == "mobilenet_v2" else {"include_preprocessing": False}
    build = getattr(keras.applications, BACKBONES[name].builder)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This model usually expects 1 or 3 input channels")
        return build(input_shape=(image_size, image_size, channels), include_top=False, weights=None, **ours)


@contextmanager
def policy(name: str) -> Iterator[None]:
    """Build layers that compute in another precision; keras.applications' functions have no parameter for it."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
