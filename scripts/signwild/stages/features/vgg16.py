"""VGG-16 as feature extractor, with its first convolution adapted to the stream (paper sections 4.1 and 4.2)."""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

from signwild.stages.weights.arrays import BLOCKS, FC1_UNITS, load_weights
from signwild.stages.weights.receipt import PreparedWeights

MEANS = {"caffe": (123.68, 116.779, 103.939), "torch": (0.485 * 255, 0.456 * 255, 0.406 * 255)}
"""Mean of ImageNet's red, green and blue, on the scale 0..255 (keras.applications, torchvision)."""

DEVIATIONS = {"caffe": (1.0, 1.0, 1.0), "torch": (0.229 * 255, 0.224 * 255, 0.225 * 255)}
"""Divisors of the channels; caffe's weights expect the plain scale."""

FIRST = "block1_conv1"
"""The convolution that is adapted to a stream."""


def build_extractor(
    weights: PreparedWeights,
    image_size: int,
    channels: int,
    wanted: list[str],
    subtract_mean: bool,
    rescale_conv1: bool,
    precision: str,
    shared: dict[str, keras.Layer] | None = None,
) -> keras.Model:
    """Build VGG-16 from uint8 images (n, s, s, channels) to ``wanted`` layers, by name: float32 (n, d).

    ``channels``: 3 is an RGB image; 1 is repeated to three equal ones; a multiple of 3 is a stack of colour images
    (flow: the filters of block1_conv1 are repeated); any other number is a stack of grey ones (differences: the
    filters are averaged over their channels, then repeated). ``rescale_conv1`` divides repeated filters by
    their number. ``wanted``: fc1 (4,096, after its ReLU), block5 (pooled, flattened), block5_gap (512 means).
    ``shared``: layers of networks of the same weights, size and precision by name, to which this one's are added; all
    but the first convolution are the same whatever the stream, so several networks take the memory of one.
    """
    shared = {} if shared is None else shared
    arrays = load_weights(weights, image_size, "fc1" in wanted and "fc1" not in shared)
    kernel = arrays[f"{FIRST}/kernel"]
    # Images are R,G,B; caffe's filters expect B,G,R. Reversing the filters costs nothing at run time.
    kernel = kernel[:, :, ::-1] if weights.preprocessing == "caffe" else kernel
    policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    images = keras.Input((image_size, image_size, channels), dtype="uint8")
    x = layers.Rescaling(1.0, dtype="float32")(images)
    if channels == 1:
        x = layers.Concatenate(dtype="float32")([x, x, x])
    mean, deviation = _channel_statistics(weights.preprocessing, x.shape[-1], subtract_mean)
    x = layers.Normalization(mean=mean, variance=deviation**2, dtype="float32")(x)
    arrays[f"{FIRST}/kernel"] = adapt_first_kernel(kernel, x.shape[-1], rescale_conv1)
    for block, (convolutions, filters) in enumerate(BLOCKS, start=1):
        for convolution in range(1, convolutions + 1):
            name = f"block{block}_conv{convolution}"
            if name == FIRST or name not in shared:
                values = {"padding": "same", "activation": "relu", "name": name, "dtype": policy}
                shared[name] = layers.Conv2D(filters, 3, **values, **_initial_values(arrays, name))
            x = shared[name](x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool", dtype=policy)(x)
    outputs = {"block5_gap": layers.GlobalAveragePooling2D(dtype="float32")(x), "block5": layers.Flatten()(x)}
    if "fc1" in wanted:
        if "fc1" not in shared:
            values = {"activation": "relu", "name": "fc1", "dtype": policy}
            shared["fc1"] = layers.Dense(FC1_UNITS, **values, **_initial_values(arrays, "fc1"))
        outputs["fc1"] = shared["fc1"](outputs["block5"])
    return keras.Model(images, {name: layers.Activation("linear", dtype="float32")(outputs[name]) for name in wanted})


def adapt_first_kernel(kernel: np.ndarray, channels: int, rescale: bool) -> np.ndarray:
    """Fit block1_conv1's kernel (3, 3, 3, f) to ``channels`` inputs: (3, 3, channels, f) (paper section 4.2)."""
    if channels % 3 == 0:
        unit, copies = kernel, channels // 3
    else:
        unit, copies = kernel.mean(axis=2, keepdims=True), channels
    adapted = np.tile(unit, (1, 1, copies, 1))
    return adapted / copies if rescale else adapted


def _channel_statistics(preprocessing: str, channels: int, subtract_mean: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of each input channel, (channels,); a grey channel has the average of the three."""
    mean, deviation = np.array(MEANS[preprocessing]), np.array(DEVIATIONS[preprocessing])
    if channels % 3:
        mean, deviation = mean.mean(keepdims=True), deviation.mean(keepdims=True)
    repeats = channels // len(mean)
    return np.tile(mean * subtract_mean, repeats), np.tile(deviation, repeats)


def _initial_values(arrays: dict[str, np.ndarray], name: str) -> dict[str, Callable]:
    """Return a layer's initialisers, which take its values out of ``arrays``.

    So nothing is drawn that is overwritten, and no second copy is kept: fc1 alone is 411 MB.
    """

    def take(part: str) -> Callable:
        return lambda _shape, dtype=None: ops.convert_to_tensor(arrays.pop(f"{name}/{part}"), dtype)

    return {f"{part}_initializer": take(part) for part in ("kernel", "bias")}
