"""Weights from a file, from Keras's server or from a seed, checked before any work."""

import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest
from made_weights import write_empty_keras_file, write_keras_file, write_npz

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.configuration.sections.features import WeightFile
from signwild.configuration.sections.weights import Weights
from signwild.keys.features import layer_identity
from signwild.stages.weights import arrays as weights
from signwild.stages.weights import packaged_vgg16, prepare_weights
from signwild.stages.weights import receipt as weights_receipt
from signwild.stages.weights.at_hand import weights_at_hand

SIZE = 32

RANDOM = weights_receipt.PreparedWeights("random-1", "", "caffe", 1)


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    """Arrays of all layers at the smallest size, including non-zero biases."""
    made = weights.load_weights(RANDOM, SIZE, with_fc1=True)
    return {key: values + (key.endswith("bias") * np.float32(0.5)) for key, values in made.items()}


def own_file(path: Path, **values: str) -> Weights:
    """Return the section ``weights`` for a file."""
    return Weights(**({"source": str(path), "preprocessing": "caffe"} | values))


def test_shapes_are_those_of_vgg16() -> None:
    shapes = weights.expected_shapes(224, with_fc1=True)
    assert shapes["fc1/kernel"] == (25088, 4096)
    assert shapes["block3_conv1/kernel"] == (3, 3, 128, 256)
    assert len(shapes) == 28
    convolutions = weights.expected_shapes(224, with_fc1=False)
    assert sum(int(np.prod(shape)) for shape in convolutions.values()) == 14_714_688
    assert weights.fc1_shape(64) == (2048, 4096)


@pytest.mark.parametrize("form", ["npz", "h5", "h5 of a whole model"])
def test_arrays_of_a_file_are_read_as_they_were_written(form: str, arrays: dict, tmp_path: Path) -> None:
    path = tmp_path / f"vgg.{form[:3].strip()}"
    if form == "npz":
        write_npz(path, arrays)
    else:
        write_keras_file(path, arrays, nested=form != "h5")
    receipt = tmp_path / "weights.json"
    prepare_weights.prepare_weights(own_file(path, preprocessing="torch"), SIZE, True, tmp_path, receipt)
    prepared = weights_receipt.read_receipt(receipt)
    assert (prepared.identity, prepared.preprocessing) == (f"{file_sha256(path)}-torch", "torch")
    read = weights.load_weights(prepared, SIZE, with_fc1=True)
    assert set(read) == set(arrays)
    assert all(np.array_equal(read[key], arrays[key]) for key in arrays)
    assert "fc1/kernel" not in weights.load_weights(prepared, SIZE, with_fc1=False)


def test_shapes_are_known_without_reading_the_arrays(tmp_path: Path) -> None:
    huge = (1 << 20, 1 << 22)
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file.create_dataset("fc1/fc1_W_1:0", huge, np.float32, chunks=(1024, 1024))
        file["fc1"].attrs["weight_names"] = ["fc1_W_1:0"]
    assert prepare_weights.stored_shapes(tmp_path / "huge.h5") == {"fc1/kernel": huge}
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive, archive.open("fc1/kernel.npy", "w") as member:
        header = {"descr": "<f4", "fortran_order": False, "shape": huge}
        np.lib.format.write_array_header_1_0(member, header)
    assert prepare_weights.stored_shapes(tmp_path / "huge.npz") == {"fc1/kernel": huge}


def without(shapes: dict, *left_out: str) -> dict:
    """Return the shapes without some keys."""
    return {key: shape for key, shape in shapes.items() if key not in left_out}


ALL = weights.expected_shapes(SIZE, with_fc1=True)

BAD_SHAPES = {
    "no fc1": (without(ALL, "fc1/kernel", "fc1/bias"), r"contains no fc1, .*layer: block5_gap"),
    "no key": (without(ALL, "block4_conv2/kernel", "block4_conv2/bias"), "contains no block4_conv2/kernel; it needs"),
    "no bias": (without(ALL, "block1_conv1/bias"), "contains no block1_conv1/bias"),
    "other filters": (
        ALL | {"block2_conv1/kernel": (3, 3, 64, 64)},
        r"block2_conv1/kernel has shape \(3, 3, 64, 64\), VGG-16 needs \(3, 3, 64, 128\)$",
    ),
    "fc1 of another size": (
        weights.expected_shapes(64, with_fc1=True),
        r"fc1/kernel has shape \(2048, 4096\), VGG-16 needs \(512, 4096\); fc1 goes with one image_size only",
    ),
    "nothing": ({}, "contains no fc1"),
}


@pytest.mark.parametrize("name", BAD_SHAPES)
def test_a_file_that_is_no_vgg16_is_refused(name: str, tmp_path: Path) -> None:
    shapes, message = BAD_SHAPES[name]
    path = write_empty_keras_file(tmp_path / "vgg.h5", shapes)
    with pytest.raises(InputError, match=rf"^weights\.source: {path}.*{message}"):
        prepare_weights.check_weights(own_file(path), SIZE, with_fc1=True)


def test_fc1_is_asked_for_only_where_it_is_read(tmp_path: Path) -> None:
    path = write_empty_keras_file(tmp_path / "vgg.h5", without(ALL, "fc1/kernel", "fc1/bias"))
    prepare_weights.check_weights(own_file(path), 224, with_fc1=False)
    prepare_weights.check_weights(Weights(source="imagenet"), SIZE, with_fc1=False)
    prepare_weights.check_weights(Weights(source="imagenet"), 224, with_fc1=True)
    with pytest.raises(InputError, match=r"needs images of 224 pixels, not 32; set resample\.image_size to 224"):
        prepare_weights.check_weights(Weights(source="imagenet"), SIZE, with_fc1=True)


@pytest.mark.parametrize("name", ["vgg.h5", "vgg.npz"])
def test_a_file_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(
        InputError, match=rf"^weights\.source: no file {path}; give imagenet, packaged, random, or the path"
    ):
        prepare_weights.check_weights(own_file(path), SIZE, with_fc1=False)
    path.write_bytes(b"these are no weights")
    with pytest.raises(InputError, match=rf"^weights\.source: {path} cannot be read as \.npz or \.h5"):
        prepare_weights.check_weights(own_file(path), SIZE, with_fc1=False)


def test_a_file_whose_names_lead_nowhere_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "vgg.h5", "w") as file:
        file.create_group("fc1").attrs["weight_names"] = ["gone"]
    with pytest.raises(InputError, match="cannot be read as"):
        prepare_weights.check_weights(own_file(tmp_path / "vgg.h5"), SIZE, with_fc1=False)
    with zipfile.ZipFile(tmp_path / "vgg.npz", "w") as archive:
        archive.writestr("fc1/kernel", "text")
    with pytest.raises(InputError, match="cannot be read as"):
        prepare_weights.check_weights(own_file(tmp_path / "vgg.npz"), SIZE, with_fc1=False)


def test_preprocessing_is_stated_for_a_file_and_fixed_for_imagenet(tmp_path: Path) -> None:
    path = write_empty_keras_file(tmp_path / "vgg.h5", ALL)
    with pytest.raises(InputError, match=r"^weights\.preprocessing: say what .* was trained with: caffe or torch"):
        prepare_weights.check_weights(Weights(source=str(path)), SIZE, with_fc1=True)
    with pytest.raises(InputError, match=r"^weights\.preprocessing: the imagenet weights are caffe's"):
        prepare_weights.check_weights(Weights(source="imagenet", preprocessing="torch"), 224, with_fc1=True)


def test_random_weights_are_a_function_of_the_seed(arrays: dict) -> None:
    again = weights.load_weights(RANDOM, SIZE, with_fc1=True)
    other = weights.load_weights(weights_receipt.PreparedWeights("random-2", "", "caffe", 2), SIZE, with_fc1=True)
    for key in arrays:
        if key.endswith("kernel"):
            assert np.array_equal(again[key], arrays[key])
            assert not np.array_equal(other[key], arrays[key])


def test_random_arrays_do_not_depend_on_one_another(arrays: dict) -> None:
    # With fc1 or without, and at another size, the convolutions are the same; no two layers share their numbers.
    for other in (weights.load_weights(RANDOM, SIZE, False), weights.load_weights(RANDOM, 64, False)):
        assert all(np.array_equal(other[key], arrays[key]) for key in other if key.endswith("kernel"))
    third, fourth = (arrays[f"block5_conv{number}/kernel"] for number in (1, 2))
    assert abs(np.corrcoef(third.ravel(), fourth.ravel())[0, 1]) < 0.01
    assert np.allclose(third.mean(axis=(0, 1, 2)), 0, atol=1e-6)


def test_the_receipt_of_random_weights_names_their_seed(tmp_path: Path) -> None:
    receipt = tmp_path / "weights.json"
    prepare_weights.prepare_weights(Weights(source="random", seed=3), SIZE, True, tmp_path / "cache", receipt)
    expected = {"identity": "random-3-caffe", "path": "", "preprocessing": "caffe", "seed": 3, "random_fc1": False}
    assert json.loads(receipt.read_text()) == expected
    assert not (tmp_path / "cache").exists()


class Quiet(SimpleHTTPRequestHandler):
    """Handler that serves a folder's files and prints nothing."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    """A web server of the folder ``served``."""
    (tmp_path / "served").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "served")) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def fetch(server: ThreadingHTTPServer, folder: Path, image_size: int = SIZE) -> Path:
    """Prepare the imagenet weights without fc1 from a server, and return the receipt."""
    receipt, url = folder / "weights.json", f"http://127.0.0.1:{server.server_port}"
    prepare_weights.prepare_weights(Weights(source="imagenet", url=url), image_size, False, folder / "cache", receipt)
    return receipt


def test_keras_files_are_fetched_checked_and_kept(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = tmp_path / "served/small.h5"
    write_empty_keras_file(served, weights.expected_shapes(SIZE, with_fc1=False))
    md5 = hashlib.md5(served.read_bytes()).hexdigest()
    monkeypatch.setitem(prepare_weights.IMAGENET_FILES, False, WeightFile("small.h5", md5, 7))
    content = served.read_bytes()

    served.write_bytes(content[:-1])
    with pytest.raises(InputError) as caught:
        fetch(server, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"weights.source: http://127.0.0.1:{server.server_port}/small.h5 could not be fetched")
    assert f"(md5 {md5})" in message
    assert "set weights.source to its path and weights.preprocessing to caffe" in message
    assert not (tmp_path / "weights.json").exists()

    # Leftovers of a broken download do not matter; a complete file needs no server.
    served.write_bytes(content)
    prepared = weights_receipt.read_receipt(fetch(server, tmp_path))
    assert (prepared.identity, prepared.preprocessing) == ("imagenet", "caffe")
    assert Path(prepared.path) == tmp_path / "cache/small.h5"
    assert Path(prepared.path).read_bytes() == content
    served.unlink()
    assert weights_receipt.read_receipt(fetch(server, tmp_path)) == prepared


def test_a_server_without_the_file_or_no_server_is_one_clear_error(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    md5 = prepare_weights.IMAGENET_FILES[False].checksum
    with pytest.raises(InputError, match=rf"could not be fetched \(.*404.*\(md5 {md5}\) and set weights\.source"):
        fetch(server, tmp_path)
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match=rf"could not be fetched \(.*refused.*\(md5 {md5}\) and set weights\.source"):
        fetch(server, tmp_path)
    assert list((tmp_path / "cache").glob("*.h5")) == []


CONVOLUTIONS = weights.expected_shapes(SIZE, with_fc1=False)

REFUSED_FC1 = {
    "packaged": (
        {"source": "packaged"},
        r"^weights\.source: packaged contains no fc1, but .*; set `weights\.fc1: random`",
    ),
    "random": ({"source": "random", "fc1": "random"}, r"^weights\.fc1: .*the random weights: all of them are random;"),
    "imagenet": ({"source": "imagenet", "fc1": "random"}, r"^weights\.fc1: .*: they have an fc1 of their own; leave"),
    "packaged, of caffe": ({"source": "packaged", "preprocessing": "caffe"}, r"^weights\.preprocessing: the packaged"),
}


@pytest.mark.parametrize("name", REFUSED_FC1)
def test_a_random_fc1_is_asked_for_and_stands_in_no_place_of_a_real_one(name: str) -> None:
    section, message = REFUSED_FC1[name]
    with pytest.raises(InputError, match=message):
        prepare_weights.check_weights(Weights(**section), 224, with_fc1=True)
    for allowed in ({"source": "packaged", "fc1": "random"}, {"source": "packaged", "preprocessing": "torch"}):
        prepare_weights.check_weights(Weights(**allowed), SIZE, with_fc1="fc1" in allowed)


def test_a_random_fc1_of_a_file_of_ones_own(arrays: dict, tmp_path: Path) -> None:
    path = write_npz(tmp_path / "conv.npz", {key: arrays[key] for key in CONVOLUTIONS})
    receipt = tmp_path / "weights.json"
    parameters = own_file(path, fc1="random", seed=5)
    prepare_weights.prepare_weights(parameters, SIZE, True, tmp_path, receipt)
    prepared = weights_receipt.read_receipt(receipt)
    assert prepared.identity == f"{file_sha256(path)}-caffe+fc1-random-5"
    read = weights.load_weights(prepared, SIZE, with_fc1=True)
    assert all(np.array_equal(read[key], arrays[key]) for key in CONVOLUTIONS)
    of_seed = weights.load_weights(weights_receipt.PreparedWeights("", "", "caffe", 5), SIZE, with_fc1=True)
    assert np.array_equal(read["fc1/kernel"], of_seed["fc1/kernel"])
    assert read["fc1/kernel"].std() > 0
    whole = write_npz(tmp_path / "whole.npz", arrays)
    with pytest.raises(InputError, match=rf"^weights\.fc1: {whole} has an fc1 of its own; leave this key out"):
        prepare_weights.check_weights(own_file(whole, fc1="random"), SIZE, with_fc1=True)


def test_only_fc1_has_another_identity_where_it_is_random() -> None:
    identity = "abc-torch+fc1-random-5"
    assert layer_identity(identity, "fc1") == identity
    assert layer_identity(identity, "block5_gap") == "abc-torch"
    assert layer_identity("imagenet", "fc1") == "imagenet"


def test_the_receipt_of_packaged_weights_names_no_path_of_a_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(prepare_weights, "packaged_weights", lambda folder: made.append(folder) or folder / "v.npz")
    monkeypatch.chdir(tmp_path)
    for fc1, end in (("refuse", ""), ("random", "+fc1-random-0")):
        parameters = Weights(source="packaged", fc1=fc1)
        prepare_weights.prepare_weights(parameters, 224, fc1 == "random", packaged_vgg16.FOLDER, Path("vgg16.json"))
        assert json.loads(Path("vgg16.json").read_text()) == {
            "identity": f"{packaged_vgg16.SHA256}-torch{end}",
            "path": "data/weights/v.npz",
            "preprocessing": "torch",
            "seed": 0,
            "random_fc1": fc1 == "random",
        }
    monkeypatch.setattr(packaged_vgg16, "packaged_weights", made.append)
    assert weights_at_hand([Path("vgg16.json")])["vgg16"].path == "data/weights/v.npz"
    assert len(made) == 2
    # What a run rests on is looked at again before it is read.
    Path("vgg16.json").write_text(Path("vgg16.json").read_text().replace("v.npz", packaged_vgg16.FILE))
    weights_at_hand([Path("vgg16.json")])
    assert made == 3 * [packaged_vgg16.FOLDER]
