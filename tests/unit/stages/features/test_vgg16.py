"""The extractor is Keras's own VGG-16, and its first convolution fits each stream."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras.applications.imagenet_utils import preprocess_input
from made_weights import write_npz

from signwild.stages.features.vgg16 import adapt_first_kernel, build_extractor
from signwild.stages.weights.arrays import load_weights
from signwild.stages.weights.receipt import PreparedWeights

SIZE = 32

LAYERS = ["block5", "block5_gap", "fc1"]


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    """Arrays of all layers, with biases that are not zero."""
    made = load_weights(PreparedWeights("random-1", "", "caffe", 1), SIZE, with_fc1=True)
    random = np.random.default_rng(1)
    biases = {key: random.normal(0, 0.002, made[key].shape) for key in made if key.endswith("bias")}
    return made | {key: values.astype(np.float32) for key, values in biases.items()}


@pytest.fixture(scope="module")
def npz(arrays: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same arrays in a file."""
    return write_npz(tmp_path_factory.mktemp("weights") / "vgg.npz", arrays)


@pytest.fixture(scope="module")
def reference(arrays: dict) -> keras.Model:
    """Keras's VGG-16 with these arrays, to its pooled block 5 and fc1."""
    model = keras.applications.VGG16(weights=None, input_shape=(SIZE, SIZE, 3), classes=3)
    for name in dict.fromkeys(key.split("/")[0] for key in arrays):
        model.get_layer(name).set_weights([arrays[f"{name}/kernel"], arrays[f"{name}/bias"]])
    return keras.Model(model.input, [model.get_layer("block5_pool").output, model.get_layer("fc1").output])


def pictures(channels: int = 3, n: int = 4, seed: int = 0) -> np.ndarray:
    """Return random images (n, SIZE, SIZE, channels) uint8, smooth enough to differ in more than noise."""
    coarse = np.random.default_rng(seed).integers(0, 256, (n, SIZE // 4, SIZE // 4, channels), np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


def features(
    images: np.ndarray,
    weights: Path | str = "",
    preprocessing: str = "caffe",
    subtract_mean: bool = True,
    rescale_conv1: bool = False,
    precision: str = "float32",
) -> dict[str, np.ndarray]:
    """Return the extractor's output for images, all layers; with random weights if no file is given."""
    prepared = PreparedWeights("random-1", str(weights), preprocessing, 1)
    channels = images.shape[-1]
    model = build_extractor(prepared, SIZE, channels, LAYERS, subtract_mean, rescale_conv1, precision)
    return {layer: np.asarray(values) for layer, values in model(images).items()}


def first_activations(images: np.ndarray, rescale_conv1: bool = False, subtract_mean: bool = True) -> np.ndarray:
    """Return the activations after block1_conv1, whose biases are zero here."""
    prepared = PreparedWeights("random-1", "", "caffe", 1)
    model = build_extractor(prepared, SIZE, images.shape[-1], ["block5"], subtract_mean, rescale_conv1, "float32")
    return np.asarray(keras.Model(model.input, model.get_layer("block1_conv1").output)(images))


@pytest.mark.parametrize("preprocessing", ["caffe", "torch"])
def test_features_are_those_of_keras_vgg16(preprocessing: str, npz: Path, reference: keras.Model) -> None:
    images = pictures()
    ready = preprocess_input(images.astype(np.float32), data_format="channels_last", mode=preprocessing)
    block5, fc1 = (np.asarray(values) for values in reference(ready))
    ours = features(images, npz, preprocessing)
    # Weights of small inputs give small features: what is compared is relative to their size.
    for name, expected in {"block5": block5.reshape(4, -1), "block5_gap": block5.mean(axis=(1, 2)), "fc1": fc1}.items():
        assert ours[name].shape == expected.shape
        assert ours[name].dtype == np.float32
        assert np.abs(ours[name] - expected).max() < 1e-4 * np.abs(expected).max()
    assert np.ptp(block5, axis=0).max() > 0.1 * block5.max()


def test_a_repeated_kernel_sums_over_the_images_of_a_stack() -> None:
    image = pictures()
    once, stack = first_activations(image), np.tile(image, (1, 1, 1, 5))
    assert np.allclose(first_activations(stack), 5 * once, atol=1e-4 * once.max())
    assert np.allclose(first_activations(stack, rescale_conv1=True), once, atol=1e-4 * once.max())
    whole = features(image)
    rescaled = features(stack, rescale_conv1=True)
    assert all(np.allclose(rescaled[layer], whole[layer], atol=1e-4 * whole[layer].max()) for layer in LAYERS)


def test_a_stack_of_differences_meets_filters_averaged_over_colour() -> None:
    # Five equal grey pictures are five times one grey picture, which is three equal channels.
    grey = pictures(channels=1)
    once = first_activations(np.tile(grey, (1, 1, 1, 3)), subtract_mean=False)
    stack = np.tile(grey, (1, 1, 1, 5))
    summed = first_activations(stack, subtract_mean=False)
    assert np.allclose(summed, 5 / 3 * once, atol=1e-4 * once.max())
    rescaled = first_activations(stack, rescale_conv1=True, subtract_mean=False)
    assert np.allclose(rescaled, once / 3, atol=1e-4 * once.max())


def test_each_place_of_a_stack_has_the_same_filters() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 4))
    colour = adapt_first_kernel(kernel, 6, rescale=False)
    assert np.array_equal(colour[:, :, :3], kernel)
    assert np.array_equal(colour[:, :, 3:], kernel)
    grey = adapt_first_kernel(kernel, 5, rescale=True)
    assert all(np.allclose(grey[:, :, k], kernel.mean(axis=2) / 5) for k in range(5))


def test_one_channel_is_three_equal_ones() -> None:
    grey = pictures(channels=1)
    one, three = features(grey), features(np.tile(grey, (1, 1, 1, 3)))
    assert all(np.array_equal(one[layer], three[layer]) for layer in LAYERS)


@pytest.mark.parametrize("channels", [1, 3, 5, 30])
def test_a_stream_that_is_not_centred_has_zero_input_where_it_is_black(channels: int) -> None:
    black = np.zeros((1, SIZE, SIZE, channels), np.uint8)
    assert not first_activations(black, subtract_mean=False).any()
    assert first_activations(black, subtract_mean=True).any()


@pytest.mark.parametrize("preprocessing", ["caffe", "torch"])
def test_the_mean_is_subtracted_from_each_channel_of_a_stack(preprocessing: str, npz: Path, arrays: dict) -> None:
    # A picture of the mean colour is (nearly) zero input, and leaves of the first layer its biases.
    prepared = PreparedWeights("", str(npz), preprocessing, 0)
    model = build_extractor(prepared, SIZE, 6, ["block5"], True, True, "float32")
    first = keras.Model(model.input, model.get_layer("block1_conv1").output)
    mean = np.array([124, 117, 104, 124, 117, 104], np.uint8)
    grey, black = (np.asarray(first(np.broadcast_to(value, (1, SIZE, SIZE, 6)))) for value in (mean, np.uint8(0)))
    assert np.allclose(grey, np.maximum(arrays["block1_conv1/bias"], 0), atol=0.02 * black.max())


def test_bfloat16_is_close_to_float32() -> None:
    images = pictures()
    exact, short = features(images), features(images, precision="bfloat16")
    for layer in LAYERS:
        assert short[layer].dtype == np.float32
        assert not np.array_equal(short[layer], exact[layer])
        assert np.abs(short[layer] - exact[layer]).max() < 0.05 * exact[layer].max()


def test_only_the_wanted_layers_are_built() -> None:
    prepared = PreparedWeights("random-1", "", "caffe", 1)
    model = build_extractor(prepared, SIZE, 3, ["block5_gap"], True, False, "float32")
    assert set(model.output) == {"block5_gap"}
    assert "fc1" not in {layer.name for layer in model.layers}


def test_streams_share_all_layers_but_the_first() -> None:
    prepared, shared = PreparedWeights("random-1", "", "caffe", 1), {}
    rgb = build_extractor(prepared, SIZE, 3, ["block5_gap"], True, False, "float32", shared)
    mhi = build_extractor(prepared, SIZE, 1, ["block5_gap"], True, False, "float32", shared)
    flow = build_extractor(prepared, SIZE, 6, LAYERS, True, False, "float32", shared)
    alone = build_extractor(prepared, SIZE, 6, LAYERS, True, False, "float32")
    for name in ("block1_conv2", "block5_conv3"):
        assert rgb.get_layer(name) is mhi.get_layer(name) is flow.get_layer(name)
    assert len({id(model.get_layer("block1_conv1")) for model in (rgb, mhi, flow)}) == 3
    stack = pictures(channels=6)
    ours, theirs = flow.predict_on_batch(stack), alone.predict_on_batch(stack)
    assert all(np.array_equal(ours[layer], theirs[layer]) for layer in LAYERS)
    again = build_extractor(prepared, SIZE, 3, ["block5_gap"], True, False, "float32")
    images = pictures()
    assert np.array_equal(rgb.predict_on_batch(images)["block5_gap"], again.predict_on_batch(images)["block5_gap"])
