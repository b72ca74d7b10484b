"""Networks of keras.applications: the numbers are Keras's own, and the first convolution fits each stream."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.applications.imagenet_utils import preprocess_input
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from signwild.base.errors import InputError
from signwild.configuration.sections.features import (
    BACKBONES,
    Features,
    by_backbone,
    parts_of,
    qualified,
    width_of_layer,
)
from signwild.stages.features.backbone_extractor import BackboneExtractor
from signwild.stages.features.backbones import build_backbone, channel_statistics
from signwild.stages.features.stream_extractor import StreamExtractor
from signwild.stages.weights import arrays, prepare_weights
from signwild.stages.weights.backbone_arrays import load_values
from signwild.stages.weights.receipt import PreparedWeights

SIZE = 32

OTHERS = [name for name in BACKBONES if name != "vgg16"]


def drawn(name: str, seed: int = 1) -> PreparedWeights:
    """Return random weights of a network."""
    return PreparedWeights(f"random-{seed}", "", BACKBONES[name].preprocessing, seed)


def pictures(channels: int = 3, n: int = 3) -> np.ndarray:
    """Return random images (n, SIZE, SIZE, channels) uint8, smooth enough to differ in more than noise."""
    coarse = np.random.default_rng(0).integers(0, 256, (n, SIZE // 4, SIZE // 4, channels), np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


def features(name: str, images: np.ndarray, weights: PreparedWeights | None = None, **changes) -> dict[str, np.ndarray]:
    """Return a network's output for images, all layers."""
    values = {"subtract_mean": True, "rescale_conv1": False, "precision": "float32"} | changes
    wanted = list(BACKBONES[name].layers)
    model = build_backbone(name, weights or drawn(name), SIZE, images.shape[-1], wanted, **values)
    return {layer: np.asarray(found) for layer, found in model(images).items()}


def keras_network(name: str, **options) -> keras.Model:
    """Return Keras's own network, with its preprocessing where it has one, and weights that all matter."""
    build = getattr(keras.applications, BACKBONES[name].builder)
    model = build(input_shape=(SIZE, SIZE, 3), include_top=False, weights=None, **options)
    random = np.random.default_rng(2)
    model.set_weights(
        [
            values * random.uniform(0.8, 1.2, values.shape) + random.normal(0, 0.02, values.shape) * (values.ndim == 1)
            for values in load_values(name, drawn(name))
        ]
    )
    return model


def write_file(model: keras.Model, path: Path) -> Path:
    """Write a network's weights in the form of Keras's files."""
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)
    return path


@pytest.mark.parametrize("name", OTHERS)
def test_features_are_those_of_keras_for_a_file_of_keras(name: str, tmp_path: Path) -> None:
    model = keras_network(name, pooling="avg")
    prepared = PreparedWeights("", str(write_file(model, tmp_path / "net.h5")), BACKBONES[name].preprocessing, 0)
    images = pictures()
    # The networks that prepare images themselves expect them as they are.
    ready = images.astype(np.float32)
    if name == "mobilenet_v2":
        ready = keras.applications.mobilenet_v2.preprocess_input(ready)
    expected = {"final_gap": np.asarray(model(ready))}
    if name != "convnext_tiny":
        end = {"mobilenet_v2": "block_16_project_BN", "efficientnet_v2_b0": "block6h_add"}[name]
        last = np.asarray(keras.Model(model.input, model.get_layer(end).output)(ready))
        expected |= {"last_block": last.reshape(3, -1), "last_block_gap": last.mean(axis=(1, 2))}
    ours = features(name, images, prepared)
    for layer, values in expected.items():
        assert ours[layer].shape == values.shape
        assert np.ptp(values, axis=0).max() > 0.1
        assert np.abs(ours[layer] - values).max() < 2e-4 * np.abs(values).max()


@pytest.mark.parametrize("mode", ["tf", "torch"])
def test_images_are_prepared_as_keras_does(mode: str) -> None:
    images = pictures().astype(np.float32)
    mean, deviation = channel_statistics(mode, 3, True)
    expected = preprocess_input(images.copy(), data_format="channels_last", mode=mode)
    assert np.allclose((images - mean) / deviation, expected, atol=1e-5)
    stacked_mean, stacked_deviation = channel_statistics(mode, 9, True)
    assert np.array_equal(stacked_mean, np.tile(mean, 3))
    assert np.array_equal(stacked_deviation, np.tile(deviation, 3))
    assert np.allclose(channel_statistics(mode, 5, True)[0], mean.mean())
    assert not channel_statistics(mode, 9, False)[0].any()


@pytest.mark.parametrize("name", OTHERS)
def test_every_stream_has_features_of_the_stated_width(name: str) -> None:
    # Ten flow fields; the other numbers of channels are below.
    for layer, values in features(name, pictures(30)).items():
        assert values.dtype == np.float32
        assert values.shape == (3, BACKBONES[name].width(layer, SIZE))
        assert np.isfinite(values.astype(np.float16)).all()
        assert np.ptp(values, axis=0).max() > 0.01


@pytest.mark.parametrize("name", OTHERS)
def test_the_first_convolution_is_adapted_as_vgg16s(name: str) -> None:
    image, grey = pictures(), pictures(channels=1)
    once, stack = features(name, image), features(name, np.tile(image, (1, 1, 1, 3)), rescale_conv1=True)
    one, three = features(name, grey), features(name, np.tile(grey, (1, 1, 1, 3)))
    for layer, values in once.items():
        assert np.allclose(stack[layer], values, atol=2e-4 * np.abs(values).max())
        assert np.array_equal(one[layer], three[layer])
    # Grey stacks meet the mean of the colours' filters, so the colour of the filters does not matter.
    differences = features(name, np.tile(grey, (1, 1, 1, 5)), rescale_conv1=True, subtract_mean=False)
    assert all(np.isfinite(values).all() for values in differences.values())


@pytest.mark.parametrize("name", ["mobilenet_v2", "convnext_tiny"])
def test_bfloat16_is_close_to_float32_and_leaves_keras_as_it_was(name: str) -> None:
    before = keras.config.dtype_policy().name
    exact, short = features(name, pictures()), features(name, pictures(), precision="bfloat16")
    assert keras.config.dtype_policy().name == before
    for layer, values in exact.items():
        assert short[layer].dtype == np.float32
        assert not np.array_equal(short[layer], values)
        assert np.abs(short[layer] - values).mean() < 0.05 * np.abs(values).max()


@pytest.mark.parametrize("name", OTHERS)
def test_random_weights_follow_their_seed(name: str) -> None:
    first, again, other = (load_values(name, drawn(name, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_the_table_agrees_with_what_vgg16_gives_and_with_kerass_checksums() -> None:
    for layer in BACKBONES["vgg16"].layers:
        assert all(width_of_layer(layer, size) == arrays.layer_width(layer, size) for size in (32, 96, 100, 224))
    from keras.src.applications import convnext, efficientnet_v2

    assert BACKBONES["efficientnet_v2_b0"].files[0].checksum == efficientnet_v2.WEIGHTS_HASHES["b0"][1]
    assert BACKBONES["convnext_tiny"].files[0].checksum == convnext.WEIGHTS_HASHES["convnext_tiny"][1]
    assert {name: file.name for name, file in prepare_weights.IMAGENET_FILES.items()}[True].endswith("kernels.h5")
    for name in OTHERS:
        values = sum(array.size for array in load_values(name, drawn(name)))
        assert BACKBONES[name].files[0].size == 4 * values


def test_names_of_layers_hold_their_network_unless_it_is_vgg16() -> None:
    assert qualified("vgg16", "fc1") == "fc1"
    assert parts_of("fc1") == ("vgg16", "fc1")
    assert parts_of(qualified("convnext_tiny", "final_gap")) == ("convnext_tiny", "final_gap")
    names = ["fc1", "mobilenet_v2/final_gap", "block5", "mobilenet_v2/last_block"]
    assert by_backbone(names) == {"vgg16": ["fc1", "block5"], "mobilenet_v2": ["final_gap", "last_block"]}


def images_group(file: h5py.File, n: int = 5) -> h5py.Group:
    """Write images as a stream of a video."""
    group = file.create_group("video")
    group["images"] = pictures(n=n)
    return group


def test_an_extractor_gives_the_layers_of_several_networks(tmp_path: Path) -> None:
    weights = {"vgg16": PreparedWeights("random-1", "", "caffe", 1), "mobilenet_v2": drawn("mobilenet_v2")}
    names = ["block5_gap", "mobilenet_v2/final_gap", "mobilenet_v2/last_block_gap"]
    with h5py.File(tmp_path / "images.h5", "w") as file:
        group, rows = images_group(file), np.arange(5)
        extractor = StreamExtractor(weights, Features(), True, 2)
        found = extractor.extract(group, rows, names)
        other_batch = StreamExtractor(weights, Features(), True, 5).extract(group, rows, names)
    assert {name: values.shape for name, values in found.items()} == {
        name: (5, width_of_layer(name, SIZE)) for name in names
    }
    assert all(values.dtype == np.float16 for values in found.values())
    expected = features("mobilenet_v2", pictures(n=5))
    assert np.allclose(found["mobilenet_v2/final_gap"], expected["final_gap"], atol=5e-3)
    assert all(np.allclose(found[name], other_batch[name], atol=5e-3) for name in names)
    assert extractor.device == "cpu"


def test_features_that_float16_cannot_hold_are_an_error(tmp_path: Path) -> None:
    values = load_values("mobilenet_v2", drawn("mobilenet_v2"))
    model = keras_network("mobilenet_v2")
    model.set_weights([array * (1e6 if number == len(values) - 9 else 1) for number, array in enumerate(values)])
    prepared = PreparedWeights("", str(write_file(model, tmp_path / "net.h5")), "tf", 0)
    with h5py.File(tmp_path / "images.h5", "w") as file:
        extractor = BackboneExtractor("mobilenet_v2", prepared, Features(), True, 4)
        with pytest.raises(InputError, match="last_block has values that float16 cannot hold"):
            extractor.extract(images_group(file), np.arange(4), ["last_block"])
