"""Content of the key of each kind of result: exactly these modules, and of parameters only their values."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import ROOT, SCRIPTS

from signwild.base.digests import computing_modules
from signwild.configuration.sections.classifier import PublishedClassifier, SvmClassifier
from signwild.configuration.sections.difference import DifferenceStream
from signwild.configuration.sections.encoder import KmeansEncoder
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.faces import Faces
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.learned_patches import LearnedPatchesDescriptor
from signwild.configuration.sections.mhi import MhiStream
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.pose import PoseDescriptor
from signwild.configuration.sections.profiles import ProfilesDescriptor
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.rgb import RgbStream
from signwild.configuration.sections.training import Training
from signwild.configuration.sections.visual_features import VisualFeaturesDescriptor
from signwild.keys import classification, descriptors, faces, features, folds, fusion, samples
from signwild.keys.features import FeatureRequest
from signwild.stages.streams import kinds

SEGMENTS = pd.DataFrame(
    {"video_id": ["a", "b"], "start_frame": 0, "label": "other", "fold": [0, 1], "group": ["a", "b"], "key": "k"}
)
FEATURES = FeatureRequest(stream=RgbStream(kind="rgb"), layers=["fc1"], features=Features())
TRAINED = TrainedExperiment(stream="rgb", layer="fc1", network=Network(), training=Training())
CLASSIFIED = ClassifiedExperiment(descriptor="profiles", classifier=SvmClassifier(kind="svm"))
PUBLISHED = ClassifiedExperiment(
    descriptor="pose", classifier=PublishedClassifier(kind="published", file=__file__, sample_rate=5), unit="video"
)

MAKE = {
    "samples": lambda: samples.sample_key("bytes", Resample()),
    "flow": lambda: features.stream_key("samples", FlowStream(kind="flow")),
    "MHI": lambda: features.stream_key("samples", MhiStream(kind="mhi")),
    "differences": lambda: features.stream_key("samples", DifferenceStream(kind="difference")),
    "features": lambda: features.feature_key("samples", FEATURES, "fc1", "weights", np.arange(2)),
    "features of another network": lambda: features.feature_key(
        "samples", FEATURES, "mobilenet_v2/final_gap", "weights", np.arange(2)
    ),
    "faces": lambda: faces.faces_key("samples", Faces()),
    "profiles": lambda: _descriptor(ProfilesDescriptor(kind="profiles"), "faces"),
    "visual features": lambda: _descriptor(VisualFeaturesDescriptor(kind="visual_features"), "faces"),
    "pose": lambda: _descriptor(PoseDescriptor(kind="pose"), None),
    "learned patches": lambda: _descriptor(LearnedPatchesDescriptor(kind="learned_patches"), None),
    "training": lambda: folds.training_keys(TRAINED, SEGMENTS, 20, 1),
    "final": lambda: folds.final_key(TRAINED, SEGMENTS, 20, 1),
    "fusion": lambda: fusion.fusion_key("mean", ["a", "b"]),
    "classification": lambda: _classification(None),
    "classification that learns": lambda: _classification(KmeansEncoder(kind="kmeans")),
    "classification by a published detector": lambda: classification.classification_key(
        PUBLISHED, SEGMENTS, "mean", 20, 1, None
    ),
}
"""The key of a result of each kind."""

VIDEO = {"av", "cv2", "imageio_ffmpeg", "video.decoder", "video.frame_times", "video.tracks"}
STREAM = {"cv2", "video.frame_times", "video.sampling", "stages.streams.stream_files"}
FEATURE = {
    "base.device",
    "base.memory",
    "stages.features.extractor",
    "keras",
    "video.frame_times",
    "video.sampling",
    "stages.streams.stream_files",
    "stages.features.vgg16",
    "stages.weights.arrays",
    "stages.weights.receipt",
}
DESCRIPTOR = VIDEO | {"stages.descriptors.footage", "video.sampling"}
TRAINING = {
    *(
        "stages.training.adam",
        "stages.training.batches",
        "stages.training.cells",
        "stages.training.compiled",
        "stages.training.dropout",
        "stages.training.layers",
        "base.classes",
        "exported.network_files",
        "keras",
        "stages.training.network",
        "stages.training.recurrence",
        "stages.training.schedule",
    ),
    *(
        "predictions.loss",
        "stages.training.trainer",
        "stages.training.watch",
        "stages.training.path",
        "stages.training.progress",
        "stages.training.split",
        "stages.training.steps",
    ),
}

CLASSIFICATION = {
    "predictions.by_video",
    "base.classes",
    "stages.classification.classifier",
    "stages.features.pooling",
    "sklearn",
}

MODULES = {
    "samples": VIDEO | {"stages.resample.decoding", "video.container", "video.sampling"},
    "flow": STREAM | {"stages.streams.flow"},
    "MHI": STREAM | {"stages.streams.mhi"},
    "differences": STREAM | {"stages.streams.difference"},
    "features": FEATURE,
    "features of another network": FEATURE
    | {"stages.features.backbone_extractor", "stages.features.backbones", "stages.weights.backbone_arrays"},
    "faces": VIDEO | {"stages.faces.haar", "stages.faces.finding", "stages.faces.searching"},
    "profiles": DESCRIPTOR | {"stages.faces.found_faces", "stages.descriptors.motion_profiles"},
    "visual features": DESCRIPTOR | {"stages.faces.found_faces", "stages.descriptors.visual_features"},
    "pose": DESCRIPTOR
    | {
        "ai_edge_litert",
        "stages.faces.haar",
        "stages.descriptors.pose.description",
        "stages.descriptors.pose.detection",
        "stages.descriptors.pose.networks",
    }
    | {
        "stages.descriptors.pose.points",
        "stages.descriptors.pose.recording",
        "stages.descriptors.pose.regions",
        "stages.descriptors.pose.tracking",
    },
    "learned patches": DESCRIPTOR | {"stages.descriptors.grey_frames"},
    "training": TRAINING,
    "final": TRAINING,
    "fusion": {"stages.training.fusion"},
    "classification": CLASSIFICATION,
    "classification that learns": CLASSIFICATION
    | {f"stages.classification.learned.{name}" for name in ("dictionary", "patches", "vectors")},
    "classification by a published detector": {"predictions.by_video", "base.classes", "stages.features.pooling"}
    | {f"stages.classification.published.{name}" for name in ("asked_videos", "network", "speeds")},
}
"""The modules and packages that the key of each kind depends on."""

KEY_MODULES = (classification, descriptors, faces, features, folds, fusion, samples)

NO_RESULT = {
    "a forest's default": (
        "configuration/sections/classifier.py",
        "trees: PositiveInt = 100",
        "trees: PositiveInt = 200",
    ),
    "a fusion rule": ("configuration/sections/experiments/fused.py", '"product", ', '"product", "median", '),
    "a column of the download status": (
        "stages/download/status.py",
        '"sha256", "bytes"]',
        '"sha256", "bytes", "note"]',
    ),
    "a column of the resample manifest": (
        "stages/resample/resample_videos.py",
        '"rows", "notes"]',
        '"rows", "notes", "more"]',
    ),
    "a column of the faces manifest": ("stages/faces/detect_faces.py", '"with_face"]', '"faces"]'),
    "an error message about a source": (
        "stages/resample/samples.py",
        "is gone or was changed",
        "was changed or is gone",
    ),
    "a note on a video": ("video/notes.py", "within the video", "in the video"),
    "the description of a parameter": ("configuration/sections/training.py", "at most, in total", "in total, at most"),
}
"""Edits after which every key is what it was."""

RESULT = {
    "a field of the features": (
        "configuration/sections/features.py",
        "skip_unlabelled:",
        "new: int = 0\n    skip_unlabelled:",
        {"features", "features of another network"},
    ),
    "a default of the resampling": ("configuration/sections/resample.py", " = 224", " = 225", {"samples"}),
    "what a look at faces keeps": ("stages/faces/finding.py", "THUMBNAILS = 4", "THUMBNAILS = 5", {"faces"}),
    "a padding of another network": (
        "stages/features/backbones.py",
        'values["padding"] = "valid"',
        'values["padding"] = "same"',
        {"features of another network"},
    ),
    "which faces are a sample's": (
        "stages/faces/found_faces.py",
        ") - 1)]",
        ") - 2)]",
        {"profiles", "visual features"},
    ),
    "which frames are looked at": (
        "stages/descriptors/footage.py",
        "motion_step(self.fps",
        "motion_step(2 * self.fps",
        {"profiles", "visual features", "pose", "learned patches"},
    ),
}
"""Edits after which the keys of these kinds are others."""

PRINT_KEYS = (
    "import sys; sys.path[:0] = sys.argv[1:]; from test_keys import MAKE; [print(make()) for make in MAKE.values()]"
)


def _descriptor(parameters: object, faces_key: str | None) -> str:
    return descriptors.descriptor_key("samples", faces_key, parameters, 20, 30)


def _classification(encoder: KmeansEncoder | None) -> str:
    return classification.classification_key(CLASSIFIED, SEGMENTS, "mean", 20, 1, encoder)


@pytest.mark.parametrize("kind", MAKE)
def test_a_key_depends_on_exactly_these_modules(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = []
    for module in KEY_MODULES:
        monkeypatch.setattr(module, "computing_digest", lambda *names: named.append(names) or "digest")
    MAKE[kind]()
    # A feature's key holds its stream's, and an RGB stream has no code of its own.
    assert len(set(named)) == 1
    modules = [name for name in computing_modules(*named[0]) if not (SCRIPTS / name.replace(".", "/")).is_dir()]
    assert {name.removeprefix("signwild.") for name in modules} == MODULES[kind]


def test_every_kind_of_stream_that_is_computed_has_its_code_in_its_key() -> None:
    assert features.KERNELS.keys() == kinds.WRITERS.keys()
    assert all(kinds.WRITERS[kind].__module__ == name for kind, name in features.KERNELS.items())


def test_the_documents_table_is_this_one() -> None:
    document = (ROOT / "docs/reruns.md").read_text(encoding="utf-8")
    for kind, modules in MODULES.items():
        assert f"| {kind} | {', '.join(sorted(modules))} |\n" in document


@pytest.fixture(scope="module")
def keys_after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict[str, str]]]:
    """A function that edits a file of a copy of the library, makes all keys in a new process, and undoes the edit."""
    scripts = tmp_path_factory.mktemp("keys") / "scripts"
    shutil.copytree(ROOT / "scripts", scripts, ignore=shutil.ignore_patterns("__pycache__"))

    def make(file: str = "__init__.py", old: str = "", new: str = "") -> dict[str, str]:
        path = scripts / "signwild" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        command = [
            sys.executable,
            "-c",
            PRINT_KEYS,
            str(scripts),
            str(Path(__file__).parent),
            str(ROOT / "tests/builders"),
        ]
        done = subprocess.run(command, env={"PYTHONDONTWRITEBYTECODE": "1"}, check=True, stdout=subprocess.PIPE)
        path.write_text(text, encoding="utf-8")
        return dict(zip(MAKE, done.stdout.decode().splitlines(), strict=True))

    return make


@pytest.mark.parametrize("edit", NO_RESULT)
def test_what_computes_no_result_is_in_no_key(edit: str, keys_after: Callable[..., dict[str, str]]) -> None:
    assert keys_after(*NO_RESULT[edit]) == keys_after()


@pytest.mark.parametrize("edit", RESULT)
def test_what_computes_a_result_is_in_its_key_alone(edit: str, keys_after: Callable[..., dict[str, str]]) -> None:
    *change, kinds = RESULT[edit]
    before, after = keys_after(), keys_after(*change)
    assert {kind for kind in MAKE if before[kind] != after[kind]} == kinds
