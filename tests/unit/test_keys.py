"""What is in the key of each kind of result: exactly these modules, and of parameters their values alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signwild import descriptors, inventory
from signwild.digests import computing_modules

ROOT = Path(__file__).parents[2]

VIDEO = {"av", "cv2", "imageio_ffmpeg", "video"}
STREAM = {"cv2", "sampling", "streams"}

KEYS = {
    "samples": (["signwild.decoding"], VIDEO | {"decoding", "sampling"}),
    "flow": ([inventory.KERNELS["flow"]], STREAM | {"flow"}),
    "MHI": ([inventory.KERNELS["mhi"]], STREAM | {"mhi"}),
    "differences": ([inventory.KERNELS["difference"]], STREAM | {"difference"}),
    "features": (
        ["signwild.extraction"],
        {"devices", "extraction", "keras", "sampling", "streams", "vgg", "weights", "weights_receipt"},
    ),
    "faces": (["signwild.face_finding"], VIDEO | {"face_detection", "face_finding"}),
    "profiles": ([descriptors.KERNELS["profiles"], "signwild.footage"], VIDEO | {"footage", "profiles"}),
    "visual features": (
        [descriptors.KERNELS["visual_features"], "signwild.footage"],
        VIDEO | {"footage", "visual_features"},
    ),
    "pose": (
        [descriptors.KERNELS["pose"], "signwild.footage"],
        VIDEO
        | {"ai_edge_litert", "face_detection", "footage", "pose", "pose.description", "pose.detection"}
        | {"pose.networks", "pose.points", "pose.recording", "pose.regions", "pose.tracking"},
    ),
    "training": (
        ["signwild.trainer"],
        {"batches", "classes", "detection", "detection.network_files", "keras", "network", "recurrence", "schedule"}
        | {"scores", "trainer", "training_callbacks", "training_path", "training_progress", "training_split"},
    ),
    "classification": (["signwild.classifier"], {"classes", "classifier", "pooling", "sklearn"}),
    "fusion": (["signwild.fusion"], {"classes", "fusion", "records"}),
}
"""Of each kind of result: what computes it, and all modules and packages that its key depends on."""

NO_RESULT = {
    "a forest's default": ("parameters/classifier.py", "trees: PositiveInt = 100", "trees: PositiveInt = 200"),
    "a field of the features": ("parameters/features.py", "skip_unlabelled:", "added: int = 0\n    skip_unlabelled:"),
    "a fusion rule": ("parameters/fused.py", '"product", ', '"product", "median", '),
    "a column of the download status": ("download_status.py", '"sha256", "bytes"]', '"sha256", "bytes", "note"]'),
    "a column of the resample manifest": ("resample.py", '"sha256", "rows"]', '"sha256", "rows", "note"]'),
    "a column of the faces manifest": ("faces.py", '"with_face"]', '"faces"]'),
    "an error message about a source": ("samples.py", "has gone or was changed", "was changed or has gone"),
}
"""Edits after which every key stays what it is, where the values in it do."""


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_depends_on_exactly_these_modules(kind: str) -> None:
    names, expected = KEYS[kind]
    found = {name.removeprefix("signwild.") for name in computing_modules(*names)} - {"signwild"}
    assert found == expected


def test_the_documents_table_is_this_one() -> None:
    document = (ROOT / "docs/reruns.md").read_text(encoding="utf-8")
    for kind, (_, modules) in KEYS.items():
        assert f"| {kind} | {', '.join(sorted(modules))} |\n" in document


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory):
    """A function that edits a file of a copy of the library, gives all kinds' digests, and takes the edit back."""
    scripts = tmp_path_factory.mktemp("keys") / "scripts"
    shutil.copytree(ROOT / "scripts", scripts, ignore=shutil.ignore_patterns("__pycache__"))

    def digest(file: str = "", old: str = "", new: str = "") -> dict[str, str]:
        path, environment = scripts / "signwild" / file, {"PYTHONPATH": str(scripts), "PYTHONDONTWRITEBYTECODE": "1"}
        if file:
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        names = [names for names, _ in KEYS.values()]
        program = f"from signwild.digests import computing_digest; [print(computing_digest(*own)) for own in {names}]"
        done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, stdout=subprocess.PIPE)
        if file:
            path.write_text(text, encoding="utf-8")
        return dict(zip(KEYS, done.stdout.decode().split(), strict=True))

    return digest


@pytest.mark.parametrize("edit", NO_RESULT)
def test_what_computes_no_result_is_in_no_key(edit: str, digests) -> None:
    assert digests(*NO_RESULT[edit]) == digests()


def test_what_computes_a_result_is_in_its_key_alone(digests) -> None:
    before, after = digests(), digests("face_finding.py", "THUMBNAILS = 4", "THUMBNAILS = 5")
    assert {kind for kind in KEYS if before[kind] != after[kind]} == {"faces"}
