"""Extraction of MediaPipe's networks from a wheel as files, kept completely or not at all."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_index import Index, made_index
from made_people import networks_folder

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.stages.weights import distribution
from signwild.stages.weights import packaged_pose as pose
from signwild.stages.weights.distribution import read_pin
from signwild.stages.weights.packaged_pose import packaged_pose
from signwild.stages.weights.pip_settings import PipSettings

WHEEL = "made_pose-1.0-py3-none-any.whl"
CONTENTS = {"one/body.tflite": b"body" * 1000, "two/hand.tflite": b"hand" * 1000}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that has a wheel with two networks, which is the pinned one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member, content in CONTENTS.items():
            archive.writestr(f"mediapipe/modules/{member}", content)
        archive.writestr("mediapipe/__init__.py", "raise SystemExit('this is data')")
    digests = {member: hashlib.sha256(content).hexdigest() for member, content in CONTENTS.items()}
    with made_index(tmp_path / "index", monkeypatch) as made:
        monkeypatch.setattr(distribution, "read_pip_settings", lambda: PipSettings(indexes=(made.address,)))
        file = made.add("made-pose", WHEEL, packed.getvalue())
        (tmp_path / "pinned.txt").write_text(f"made-pose==1.0 --hash=sha256:{file_sha256(file)}\n")
        monkeypatch.setattr(pose, "REQUIREMENTS", tmp_path / "pinned.txt")
        monkeypatch.setattr(pose, "POSE_NETWORKS", digests)
        yield made


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


WHOLE = {Path(member).name: content for member, content in CONTENTS.items()}


def test_networks_are_fetched_once_and_used_at_once_without_an_index(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "data/weights/pose"
    assert packaged_pose(folder) == folder
    assert contents(folder) == WHOLE
    asked = list(index.server.requests)
    assert packaged_pose(folder) == folder
    assert index.server.requests == asked


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("change", ["cut", "changed", "gone"])
def test_a_file_that_was_changed_is_taken_out_again(change: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = packaged_pose(tmp_path / "data") / "hand.tflite"
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(b"hand" * 999 + (b"" if change == "cut" else b"hang"))
    assert contents(packaged_pose(tmp_path / "data")) == WHOLE
    assert (f"{path}: is not as it was written, so it is made again" in capsys.readouterr().out) == (change != "gone")


@pytest.mark.usefixtures("index")
def test_a_wheel_without_the_networks_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pose, "POSE_NETWORKS", {"one/other.tflite": "0" * 64})
    with pytest.raises(InputError, match=rf"{WHEEL}: .*mediapipe/modules/one/other\.tflite"):
        packaged_pose(tmp_path / "data")
    assert not (tmp_path / "data/other.tflite").exists()


def test_without_an_index_it_is_said_what_to_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "read_pip_settings", PipSettings)
    sha256 = read_pin(pose.REQUIREMENTS).sha256
    with pytest.raises(InputError, match=rf"mediapipe 0\.10\.21 could not be fetched.*{sha256} to {tmp_path / 'data'}"):
        packaged_pose(tmp_path / "data")


def test_the_real_networks_are_those_that_are_pinned() -> None:
    folder = networks_folder()
    assert {Path(member).name: digest for member, digest in POSE_NETWORKS.items()} == {
        path.name: file_sha256(path) for path in folder.glob("*.tflite")
    }
