"""Weights of networks other than VGG-16: fetched, checked, pinned, or one clear error."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from made_server import Server, serving

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.configuration.sections.features import BACKBONES
from signwild.configuration.sections.weights import BackboneWeights
from signwild.stages.weights import at_hand, packaged_mobilenet_v2, prepare_backbone
from signwild.stages.weights.at_hand import weights_at_hand
from signwild.stages.weights.prepare_backbone import check_backbone
from signwild.stages.weights.receipt import read_receipt
from signwild.stages.weights.receipts import read_receipts

SIZE = 32
FILE = BACKBONES["mobilenet_v2"].files[0]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Keras's file of MobileNetV2, with random values."""
    path = tmp_path_factory.mktemp("keras") / "net.h5"
    model = keras.applications.MobileNetV2(input_shape=(SIZE, SIZE, 3), include_top=False, weights=None)
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)
    return path.read_bytes()


@pytest.fixture
def server(tmp_path: Path, content: bytes) -> Iterator[Server]:
    """A web server that has Keras's file."""
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as made:
        (made.folder / FILE.name).write_bytes(content)
        yield made


def prepare(folder: Path, name: str = "mobilenet_v2", **parameters: object) -> Path:
    """Prepare a network's weights, and return the receipt."""
    receipt = folder / f"{name}.json"
    prepare_backbone.prepare_backbone(name, BackboneWeights(**parameters), SIZE, folder / "cache", receipt)
    return receipt


def test_a_file_without_a_checksum_is_identified_by_its_bytes_and_can_be_pinned(
    server: Server, tmp_path: Path, content: bytes
) -> None:
    prepared = read_receipt(prepare(tmp_path, url=server.address))
    sha256 = hashlib.sha256(content).hexdigest()
    assert (prepared.identity, prepared.preprocessing) == (f"{sha256}-tf", "tf")
    assert Path(prepared.path) == tmp_path / "cache" / FILE.name
    assert Path(prepared.path).read_bytes() == content
    assert server.count(f"/{FILE.name}") == 1
    assert read_receipt(prepare(tmp_path, url=server.address, sha256=sha256)) == prepared
    assert server.count(f"/{FILE.name}") == 1
    # Another file than the pinned one is fetched again, and refused if it comes again.
    with pytest.raises(InputError, match=rf"could not be fetched .*\(sha256 {'0' * 64}\) and put it into"):
        prepare(tmp_path, url=server.address, sha256="0" * 64)


def test_a_checksum_of_keras_is_checked(
    server: Server, tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for digest in ("md5", "sha256"):
        stated = replace(FILE, checksum=hashlib.new(digest, content).hexdigest())
        monkeypatch.setitem(BACKBONES, "mobilenet_v2", replace(BACKBONES["mobilenet_v2"], files=(stated,)))
        assert read_receipt(prepare(tmp_path, url=server.address)).path
        (tmp_path / "cache" / FILE.name).unlink()
        (server.folder / FILE.name).write_bytes(content[:-1])
        with pytest.raises(InputError) as caught:
            prepare(tmp_path, url=server.address)
        assert str(caught.value).startswith(f"backbones.mobilenet_v2: {server.address}/{FILE.name} could not be")
        assert f"({digest} {stated.checksum}) and put it into {tmp_path / 'cache'}" in str(caught.value)
        (server.folder / FILE.name).write_bytes(content)


def test_a_server_without_the_file_is_one_clear_error(server: Server, tmp_path: Path) -> None:
    (server.folder / FILE.name).unlink()
    with pytest.raises(
        InputError, match=r"could not be fetched \(.*404.*bring the file here by other means and put it"
    ):
        prepare(tmp_path, url=server.address)
    assert not (tmp_path / "mobilenet_v2.json").exists()


def test_a_file_of_another_network_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.h5").write_bytes(content)
    own = str(tmp_path / "net.h5")
    assert read_receipt(prepare(tmp_path, source=own)).identity == f"{hashlib.sha256(content).hexdigest()}-tf"
    with pytest.raises(InputError, match=r"^backbones\.convnext_tiny\.source: .*does not hold the arrays of ConvNeXt"):
        prepare(tmp_path, "convnext_tiny", source=own)
    found = file_sha256(own)
    with pytest.raises(InputError, match=rf"^backbones\.mobilenet_v2\.sha256: {own} has {found}; delete the file, or"):
        prepare(tmp_path, source=own, sha256="1" * 64)


REFUSED = {
    "packaged": (
        "convnext_tiny",
        {"source": "packaged"},
        SIZE,
        "no package with ConvNeXt-Tiny's weights is known, only",
    ),
    "size": ("mobilenet_v2", {}, 100, "MobileNetV2 takes images of a multiple of 32 pixels, not 100; set 96 or 128"),
    "pinned": ("mobilenet_v2", {"source": "packaged", "sha256": "0" * 64}, SIZE, "belongs to a file, not to packaged"),
    "url": ("mobilenet_v2", {"source": "random", "url": "http://a"}, SIZE, "is where Keras's file is; leave it out"),
    "gone": ("mobilenet_v2", {"source": "gone.h5"}, SIZE, r"no \.h5 file gone\.h5; give imagenet, packaged, random"),
    "form": ("mobilenet_v2", {"source": __file__}, SIZE, r"no \.h5 file .*test_prepare_backbone\.py; give imagenet"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_network_does_not_take_is_said_before_any_work(name: str) -> None:
    network, parameters, size, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        check_backbone(network, BackboneWeights(**parameters), size)


def test_a_broken_file_is_said_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "net.h5").write_bytes(b"text")
    with pytest.raises(InputError, match=r"^backbones\.mobilenet_v2\.source: .*cannot be read as \.h5"):
        check_backbone("mobilenet_v2", BackboneWeights(source=str(tmp_path / "net.h5")), SIZE)


def test_packaged_weights_are_made_again_where_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    path = packaged_mobilenet_v2.FOLDER / packaged_mobilenet_v2.FILE
    monkeypatch.setattr(prepare_backbone, "packaged_weights", lambda folder: made.append(folder) or path)
    monkeypatch.setattr(packaged_mobilenet_v2, "packaged_mobilenet_v2", made.append)
    monkeypatch.chdir(tmp_path)
    receipt = prepare(Path(), source="packaged")
    assert json.loads(receipt.read_text()) == {
        "identity": f"{packaged_mobilenet_v2.SHA256}-torch",
        "path": str(path),
        "preprocessing": "torch",
        "seed": 0,
        "random_fc1": False,
    }
    assert weights_at_hand([receipt])["mobilenet_v2"] == read_receipts([receipt])["mobilenet_v2"]
    assert made == [Path("cache"), at_hand.packaged_mobilenet_v2.FOLDER]


def test_random_weights_have_an_identity_of_their_own(tmp_path: Path) -> None:
    one, two = (read_receipt(prepare(tmp_path, source="random", seed=seed)) for seed in (1, 2))
    assert (one.identity, one.path, one.preprocessing) == ("random-1-tf", "", "tf")
    assert two.identity == "random-2-tf"
