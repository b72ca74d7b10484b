"""Networks of keras.applications as feature extractors, with their first convolution adapted to the stream as VGG-16's.

Weights from PyTorch keep PyTorch's numbers: its convolutions of stride 2 pad both sides alike, where Keras's pad the
end alone if the side is even, and its batch normalisation adds 1e-5 to the variance, where Keras's MobileNetV2 adds
1e-3.
"""

import keras
import numpy as np
from keras import layers

from signwild.configuration.sections.features import BACKBONES, BackboneName, Layer
from signwild.stages.features.vgg16 import DEVIATIONS, MEANS, adapt_first_kernel
from signwild.stages.weights.backbone_arrays import load_values, network_without_top, policy
from signwild.stages.weights.receipt import PreparedWeights

CENTRE = 127.5
"""Middle of 0..255: images prepared as TensorFlow's are -1..1."""

TORCH_EPSILON = 1e-5

LAST_BLOCKS = {"mobilenet_v2": "block_16_project_BN", "efficientnet_v2_b0": "block6h_add"}
"""Keras's names of the last blocks' outputs; ConvNeXt's is the input of its last normalisation."""


def build_backbone(
    name: BackboneName,
    weights: PreparedWeights,
    image_size: int,
    channels: int,
    wanted: list[Layer],
    subtract_mean: bool,
    rescale_conv1: bool,
    precision: str,
) -> keras.Model:
    """Build a network from uint8 images (n, s, s, channels) to ``wanted`` layers, by name: float32 (n, d).

    ``channels`` and ``rescale_conv1``: as for ``vgg16.build_extractor``. ``wanted``: final_gap (channel means of the
    last layer, after ConvNeXt's last normalisation: what the classifier reads), last_block (flattened), last_block_gap
    (its channel means).
    """
    images = keras.Input((image_size, image_size, channels), dtype="uint8")
    x = layers.Rescaling(1.0, dtype="float32")(images)
    if channels == 1:
        x = layers.Concatenate(dtype="float32")([x, x, x])
    mean, deviation = channel_statistics(weights.preprocessing, x.shape[-1], subtract_mean)
    x = layers.Normalization(mean=mean, variance=deviation**2, dtype="float32")(x)
    values = load_values(name, weights)
    # Keras's own choice of numbers is that of its weights; others are those of PyTorch.
    like_torch = weights.preprocessing != BACKBONES[name].preprocessing
    with policy("mixed_bfloat16" if precision == "bfloat16" else "float32"):
        network = network_without_top(name, image_size, x.shape[-1])
        if like_torch:
            network = _padded_as_in_torch(network, image_size)
            x = layers.ZeroPadding2D(1, dtype="float32")(x)
    network.set_weights([adapt_first_kernel(values[0], x.shape[-1], rescale_conv1), *values[1:]])
    last, final = _ends(name, network)
    last, final = keras.Model(network.input, [last, final])(x)
    outputs = {
        "last_block": layers.Flatten()(last),
        "last_block_gap": layers.GlobalAveragePooling2D(dtype="float32")(last),
        "final_gap": layers.GlobalAveragePooling2D(dtype="float32")(final),
    }
    if name == "convnext_tiny":
        normalisation = layers.LayerNormalization(epsilon=network.layers[-1].epsilon, dtype="float32")
        outputs["final_gap"] = normalisation(outputs["final_gap"])
        normalisation.set_weights(values[-2:])
    return keras.Model(images, {name: layers.Activation("linear", dtype="float32")(outputs[name]) for name in wanted})


def channel_statistics(preprocessing: str, channels: int, subtract_mean: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of each input channel, (channels,); a grey channel has the average of the three."""
    mean, deviation = np.full(3, CENTRE), np.full(3, CENTRE)
    if preprocessing != "tf":
        mean, deviation = np.array(MEANS[preprocessing]), np.array(DEVIATIONS[preprocessing])
    if channels % 3:
        mean, deviation = mean.mean(keepdims=True), deviation.mean(keepdims=True)
    repeats = channels // len(mean)
    return np.tile(mean * subtract_mean, repeats), np.tile(deviation, repeats)


def _ends(name: BackboneName, network: keras.Model) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the outputs of the last block and of the last layer before the pooling."""
    if name in LAST_BLOCKS:
        return network.get_layer(LAST_BLOCKS[name]).output, network.output
    last = network.layers[-1].input
    return last, last


def _padded_as_in_torch(network: keras.Model, image_size: int) -> keras.Model:
    """Return MobileNetV2 with PyTorch's paddings and epsilon, for images that are padded by one pixel on each side."""

    def changed(layer: layers.Layer) -> layers.Layer:
        values = layer.get_config()
        if isinstance(layer, layers.BatchNormalization):
            values["epsilon"] = TORCH_EPSILON
        elif isinstance(layer, layers.ZeroPadding2D):
            values["padding"] = ((1, 1), (1, 1))
        elif isinstance(layer, layers.Conv2D) and max(layer.strides) > 1:
            values["padding"] = "valid"
        return type(layer).from_config(values)

    side = image_size + 2
    padded = keras.Input((side, side, network.input.shape[-1]))
    return keras.models.clone_model(network, input_tensors=padded, clone_function=changed)
