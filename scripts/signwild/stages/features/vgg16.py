"""VGG-16 as feature extractor, with its first convolution adapted to the stream (paper sections 4.1 and 4.2)."""

import keras
import numpy as np
from keras import layers

from signwild.stages.weights.arrays import BLOCKS, FC1_UNITS, load_weights
from signwild.stages.weights.receipt import PreparedWeights

MEANS = {"caffe": (123.68, 116.779, 103.939), "torch": (0.485 * 255, 0.456 * 255, 0.406 * 255)}
"""Mean of ImageNet's red, green and blue, on the scale 0..255 (keras.applications, torchvision)."""

DEVIATIONS = {"caffe": (1.0, 1.0, 1.0), "torch": (0.229 * 255, 0.224 * 255, 0.225 * 255)}
"""Divisors of the channels; caffe's weights expect the plain scale."""


def build_extractor(
    weights: PreparedWeights,
    image_size: int,
    channels: int,
    wanted: list[str],
    subtract_mean: bool,
    rescale_conv1: bool,
    precision: str,
) -> keras.Model:
    """Build VGG-16 from uint8 images (n, s, s, channels) to ``wanted`` layers, by name: float32 (n, d).

    ``channels``: 3 is an RGB image; 1 is repeated to three equal ones; a multiple of 3 is a stack of colour images
    (flow: the filters of block1_conv1 are repeated); any other number is a stack of grey ones (differences: the
    filters are averaged over their channels, then repeated). ``rescale_conv1`` divides repeated filters by
    their number. ``wanted``: fc1 (4,096, after its ReLU), block5 (pooled, flattened), block5_gap (512 means).
    """
    arrays = load_weights(weights, image_size, "fc1" in wanted)
    policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    images = keras.Input((image_size, image_size, channels), dtype="uint8")
    x = layers.Rescaling(1.0, dtype="float32")(images)
    if channels == 1:
        x = layers.Concatenate(dtype="float32")([x, x, x])
    mean, deviation = _channel_statistics(weights.preprocessing, x.shape[-1], subtract_mean)
    x = layers.Normalization(mean=mean, variance=deviation**2, dtype="float32")(x)
    for block, (convolutions, filters) in enumerate(BLOCKS, start=1):
        for convolution in range(1, convolutions + 1):
            name = f"block{block}_conv{convolution}"
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name, dtype=policy)(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool", dtype=policy)(x)
    outputs = {"block5_gap": layers.GlobalAveragePooling2D(dtype="float32")(x), "block5": layers.Flatten()(x)}
    if "fc1" in wanted:
        outputs["fc1"] = layers.Dense(FC1_UNITS, activation="relu", name="fc1", dtype=policy)(outputs["block5"])
    model = keras.Model(images, {name: layers.Activation("linear", dtype="float32")(outputs[name]) for name in wanted})
    _set_weights(model, arrays, weights.preprocessing, rescale_conv1)
    return model


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


def _set_weights(model: keras.Model, arrays: dict[str, np.ndarray], preprocessing: str, rescale: bool) -> None:
    names = {key.split("/")[0] for key in arrays}
    for name in names:
        layer, kernel = model.get_layer(name), arrays[f"{name}/kernel"]
        if name == "block1_conv1":
            # Images are R,G,B; caffe's filters expect B,G,R. Reversing the filters costs nothing at run time.
            kernel = kernel[:, :, ::-1] if preprocessing == "caffe" else kernel
            kernel = adapt_first_kernel(kernel, layer.kernel.shape[2], rescale)
        layer.set_weights([kernel, arrays[f"{name}/bias"]])
