"""A detector's folder: no local path, small networks with the same output, and the right weights."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from made_detector import LENGTH, NETWORK, made_detector

from signwild.base.errors import InputError
from signwild.base.store import new_hdf5
from signwild.configuration.sections.features import WeightFile
from signwild.configuration.sections.weights import Weights as ConfiguredWeights
from signwild.exported.model import Detector, Weights
from signwild.exported.network_files import copy_network, read_network
from signwild.stages.detection.export_detector import write_networks
from signwild.stages.detector.weights import describe_weights, find_weights
from signwild.stages.training.network import build_network
from signwild.stages.weights import packaged_vgg16, prepare_weights
from signwild.stages.weights.receipt import PreparedWeights

WIDTH = 512


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    return made_detector(tmp_path_factory.mktemp("detector"))


def with_weights(detector: Detector, weights: Weights) -> Detector:
    return replace(detector, model=detector.model.model_copy(update={"weights": weights}))


def find(detector: Detector, project: Path, given: Path | None = None) -> PreparedWeights:
    return find_weights(detector, detector.model.variants[0], given, project=project)["vgg16"]


def test_networks_are_kept_small_and_answer_the_same(tmp_path: Path) -> None:
    network = build_network(NETWORK.model_copy(update={"units": 96, "dense_units": 64}), LENGTH, WIDTH)
    random = np.random.default_rng(0)
    for weight in network.weights:
        if "moving" not in weight.name:
            weight.assign(weight.numpy() + random.normal(scale=0.05, size=weight.shape))
    with h5py.File(tmp_path / "trained.h5", "w") as file:
        for number, variable in enumerate(network.variables):
            file[f"variables/{number:03d}"] = variable.numpy()
        with h5py.File(tmp_path / "small.h5", "w", libver="latest") as small:
            copy_network(file["variables"], small.create_group("rgb/fold_0"))
    assert (tmp_path / "small.h5").stat().st_size < 480_000
    features = random.uniform(0, 2, (50, LENGTH, WIDTH)).astype(np.float32)
    before = network.predict_on_batch(features)
    for weight in network.weights:
        weight.assign(np.zeros(weight.shape))
    with h5py.File(tmp_path / "small.h5") as file:
        assert len(file["rgb/fold_0"]) == len(network.weights)
        read_network(network, file["rgb/fold_0"])
    assert network.predict_on_batch(features) == pytest.approx(before, abs=2e-3)
    assert np.ptp(before, axis=0).max() > 0.05


def test_the_same_networks_always_give_the_same_bytes(tmp_path: Path) -> None:
    with new_hdf5(tmp_path / "training/key.h5") as file:
        file["variables/000"], file["variables/001"] = np.arange(6000, dtype=np.float32), np.float32([1, 2])
    member = SimpleNamespace(shipped={"final": "key"})
    write_networks({"rgb": member}, tmp_path, tmp_path / "first.h5")
    time.sleep(1.1)  # HDF5's times are whole seconds
    write_networks({"rgb": member}, tmp_path, tmp_path / "again.h5")
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "again.h5").read_bytes()
    with h5py.File(tmp_path / "again.h5") as file:
        assert file["rgb/final"].attrs["key"] == "key"
        assert file["rgb/final/001"][()].tolist() == [1, 2]


def test_what_float16_cannot_hold_stays_as_it_is(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["variables/000"], file["variables/001"] = np.float32([1, 1e5]), np.float32([1, 1e-9])
        file["variables/002"] = np.uint32([1, 2])
        copy_network(file["variables"], file.create_group("small"))
        assert [values.dtype for values in file["small"].values()] == [np.float32, np.float16]
        assert file["small/000"][1] == 1e5


def test_weights_of_a_file_are_named_and_not_placed(tmp_path: Path, detector: Detector) -> None:
    own = tmp_path / "mine.npz"
    own.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    prepared = PreparedWeights(f"{sha256}-torch", str(own), "torch", 0)
    described = describe_weights(ConfiguredWeights(source=str(own), preprocessing="torch"), prepared)
    assert str(tmp_path) not in described.model_dump_json()
    assert (described.source, described.file, described.sha256) == ("file", "mine.npz", sha256)
    made = with_weights(detector, described)
    assert find(made, tmp_path, own) == prepared
    with pytest.raises(InputError, match=rf"mine.npz \(sha256 {sha256}\), .*; name a copy with --weights"):
        find(made, tmp_path)
    own.write_bytes(b"others")
    with pytest.raises(InputError, match=r"mine\.npz: not the weights that the detector was made with"):
        find(made, tmp_path, own)
    with pytest.raises(InputError, match=r"gone\.npz: no such file"):
        find(made, tmp_path, tmp_path / "gone.npz")


def test_weights_of_keras_are_those_of_the_workflow_or_a_copy(
    tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        prepare_weights.IMAGENET_FILES, False, WeightFile("small.h5", hashlib.md5(b"weights").hexdigest(), 7)
    )
    kept, copy = tmp_path / "results/weights/small.h5", tmp_path / "copy.h5"
    for path in (kept, copy):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"weights")
    described = describe_weights(ConfiguredWeights(), PreparedWeights("imagenet", str(kept), "caffe", 0))
    made = with_weights(detector, described)
    assert find(made, tmp_path) == PreparedWeights("imagenet", str(kept), "caffe", 0)
    assert find(made, tmp_path, copy).path == str(copy)
    copy.write_bytes(b"others")
    with pytest.raises(InputError, match=r"copy\.h5: not the weights"):
        find(made, tmp_path, copy)


def test_packaged_weights_are_those_of_the_project_or_a_copy(
    tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256(b"weights").hexdigest()
    monkeypatch.setattr(packaged_vgg16, "SHA256", sha256)
    kept, copy = tmp_path / packaged_vgg16.FOLDER / packaged_vgg16.FILE, tmp_path / "copy.npz"
    for path in (kept, copy):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"weights")
    prepared = PreparedWeights(f"{sha256}-torch+fc1-random-3", str(kept), "torch", 3, random_fc1=True)
    described = describe_weights(ConfiguredWeights(source="packaged", fc1="random", seed=3), prepared)
    assert (described.source, described.random_fc1, described.file) == ("packaged", True, packaged_vgg16.FILE)
    made = with_weights(detector, described)
    assert find(made, tmp_path) == prepared
    assert find(made, tmp_path, copy) == replace(prepared, path=str(copy))


def test_random_weights_need_no_file(tmp_path: Path, detector: Detector) -> None:
    assert find(detector, tmp_path) == PreparedWeights("random-1-caffe", "", "caffe", 1)
    with pytest.raises(InputError, match="the detector has random weights"):
        find(detector, tmp_path, tmp_path / "some.npz")
