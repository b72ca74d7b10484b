"""Missing features: keys that change with what matters, and the actual content of the store."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import SCRIPTS

from signwild.base.files import write_table
from signwild.base.store import new_hdf5, store_path
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.mhi import MhiStream
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.rgb import RgbStream
from signwild.keys.features import FeatureRequest, feature_key, stream_key
from signwild.keys.samples import sample_key
from signwild.stages.features.extractor import write_features
from signwild.stages.resample.missing import missing_check, missing_keys, missing_layers, wanted_rows

ALL = np.arange(4)
RANDOM = {"vgg16": "random:1"}
LABELS = ["video_id", "unit", "start", "end", "label"]
MANIFEST = ["video_id", "status", "reason", "key", "sha256", "rows"]

KEYS = """
import numpy as np
from signwild.keys.features import FeatureRequest, feature_key
from signwild.configuration.sections.resample import Resample
from signwild.keys.samples import sample_key
samples = sample_key("source", Resample())
for kind in ("rgb", "mhi", "flow"):
    request = FeatureRequest.model_validate({"stream": {"kind": kind}, "layers": ["fc1"], "features": {}})
    print(feature_key(samples, request, "fc1", "random:1", np.arange(4)))
"""


def request(stream=None, layers=("fc1",), **features) -> FeatureRequest:
    return FeatureRequest(stream=stream or RgbStream(kind="rgb"), layers=list(layers), features=Features(**features))


class Store:
    """A folder of samples and features, with the tables that lead to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "store"
        self.labels = folder / "labels.tsv"
        self.manifest = folder / "resample.tsv"

    def add_video(self, key: str, samples: int = 4) -> None:
        """Store the samples of a video."""
        with new_hdf5(store_path(self.folder, "resample", key)) as file:
            for name, step in {"frame": 6, "time_s": 0.2, "stretch": 0}.items():
                file[name] = np.arange(samples) * step

    def add_features(self, key: str, wanted: FeatureRequest, layer: str, rows: np.ndarray = ALL) -> Path:
        """Store features of a video."""
        path = store_path(self.folder, "features", feature_key(key, wanted, layer, "random:1", rows))
        write_features(path, "samples", np.zeros((len(rows), 8), np.float16), 6 * rows)
        return path

    def write_tables(self, videos: dict[str, str], spans: list[tuple] = (), failed: tuple[str, ...] = ()) -> None:
        """Write the manifest of videos, by id and key, and the labels."""
        rows = [[name, "ok", "", key, "", "4"] for name, key in videos.items()]
        rows += [[name, "truncated", "cut", "", "", ""] for name in failed]
        write_table(self.manifest, pd.DataFrame(rows, columns=MANIFEST))
        write_table(self.labels, pd.DataFrame(spans, columns=LABELS))

    def missing(self, *requests: FeatureRequest) -> list[str]:
        """Return the sample keys whose requested features are missing."""
        return missing_keys(self.manifest, missing_check(list(requests), RANDOM, self.labels, self.folder))


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def test_features_follow_all_that_they_are_made_from():
    def key(source="a", resample=None, stream=None, layer="fc1", weights="random:1", **features) -> str:
        samples = sample_key(source, resample or Resample())
        return feature_key(samples, request(stream, **features), layer, weights, ALL)

    keys = [
        key(),
        key(source="b"),
        key(resample=Resample(image_size=64)),
        key(resample=Resample(max_seconds=10.0)),
        key(stream=RgbStream(kind="rgb", subtract_mean=False)),
        key(stream=MhiStream(kind="mhi")),
        key(stream=MhiStream(kind="mhi", threshold=31)),
        key(stream=FlowStream(kind="flow")),
        key(stream=FlowStream(kind="flow", winsize=13)),
        key(stream=FlowStream(kind="flow", algorithm="dis")),
        key(stream=FlowStream(kind="flow", algorithm="dis", dis_preset="fast")),
        key(layer="block5"),
        key(weights="random:2"),
        key(rescale_conv1=True),
        key(precision="bfloat16"),
        key(skip_unlabelled=True),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(name) == 20 for name in keys)
    assert key() == keys[0]
    # Where fc1 is random, what does not read it stays as it is.
    assert key(layer="block5", weights="random:1+fc1") == key(layer="block5")
    assert key(weights="random:1+fc1") not in keys


def test_another_network_has_keys_of_its_own_and_leaves_those_of_vgg16_as_they_are():
    def key(layer, weights="w", **features):
        return feature_key("k", request(layers=[layer], **features), layer, weights, ALL)

    names = ["fc1", "mobilenet_v2/final_gap", "mobilenet_v2/last_block", "convnext_tiny/final_gap"]
    assert len({key(name) for name in names}) == len(names)
    # Which network is the default decides what experiments read, not what a layer's features are.
    assert all(key(name, network="mobilenet_v2") == key(name) for name in names)
    assert key(names[1], "v") != key(names[1])
    assert key(names[1], precision="bfloat16") != key(names[1])


def test_missing_layers_are_those_of_each_network_and_its_weights(store):
    wanted = request(layers=["fc1", "mobilenet_v2/final_gap"])
    weights = RANDOM | {"mobilenet_v2": "random:1"}
    assert set(missing_layers("k", wanted, weights, ALL, store.folder)) == set(wanted.layers)
    store.add_features("k", wanted, "mobilenet_v2/final_gap")
    assert set(missing_layers("k", wanted, weights, ALL, store.folder)) == {"fc1"}
    other = weights | {"mobilenet_v2": "random:2"}
    assert set(missing_layers("k", wanted, other, ALL, store.folder)) == set(wanted.layers)


def test_features_follow_the_code_that_makes_them(tmp_path):
    scripts = shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))

    def keys() -> list[str]:
        command = [sys.executable, "-c", KEYS]
        return subprocess.run(
            command, env=os.environ | {"PYTHONPATH": str(scripts)}, check=True, capture_output=True, text=True
        ).stdout.split()

    before = keys()
    assert len(set(before)) == 3
    expected = {
        "video/decoder": [True] * 3,
        "stages/streams/mhi": [False, True, False],
        "stages/features/vgg16": [True] * 3,
        "stages/features/backbones": [False] * 3,
        "stages/features/stream_extractor": [False] * 3,
        "stages/tracking/track_runs": [False] * 3,
    }
    for module, changed in expected.items():
        with (scripts / "signwild" / f"{module}.py").open("a") as file:
            file.write("\nADDED = 1\n")
        after = keys()
        assert [old != new for old, new in zip(before, after, strict=True)] == changed, module
        before = after


def test_rows_count_only_where_they_are_chosen():
    few = np.array([1, 2])
    assert feature_key("k", request(), "fc1", "w", ALL) == feature_key("k", request(), "fc1", "w", few)
    chosen = request(skip_unlabelled=True)
    assert feature_key("k", chosen, "fc1", "w", ALL) != feature_key("k", chosen, "fc1", "w", few)


def test_features_do_not_depend_on_what_else_is_asked_for():
    alone, beside = request(layers=["fc1"]), request(layers=["fc1", "block5"])
    assert feature_key("k", alone, "fc1", "w", ALL) == feature_key("k", beside, "fc1", "w", ALL)


def test_a_stream_does_not_depend_on_how_the_networks_input_is_centred():
    for kind in (RgbStream, MhiStream, FlowStream):
        name = kind.model_fields["kind"].annotation.__args__[0]
        assert stream_key("k", kind(kind=name, subtract_mean=True)) == stream_key(
            "k", kind(kind=name, subtract_mean=False)
        )
    assert stream_key("k", MhiStream(kind="mhi")) != stream_key("l", MhiStream(kind="mhi"))
    assert stream_key("k", MhiStream(kind="mhi")) != stream_key("k", MhiStream(kind="mhi", before=3))


def test_wanted_rows_are_all_or_those_with_a_label():
    samples = pd.DataFrame({"time_s": [0.0, 0.2, 0.4, 0.6], "frame": [0, 6, 12, 18]})
    spans = pd.DataFrame([("seconds", "0.2", "0.6", "other")], columns=LABELS[1:])
    assert wanted_rows(samples, spans, request()).tolist() == [0, 1, 2, 3]
    assert wanted_rows(samples, spans, request(skip_unlabelled=True)).tolist() == [1, 2]


def test_missing_layers_are_those_without_a_file(store):
    wanted = request(layers=["fc1", "block5"])
    keys = {layer: feature_key("k", wanted, layer, "random:1", ALL) for layer in wanted.layers}
    assert missing_layers("k", wanted, RANDOM, ALL, store.folder) == keys
    store.add_features("k", wanted, "fc1")
    assert missing_layers("k", wanted, RANDOM, ALL, store.folder) == {"block5": keys["block5"]}
    assert set(missing_layers("k", wanted, {"vgg16": "random:2"}, ALL, store.folder)) == {"fc1", "block5"}
    store.add_features("k", wanted, "block5")
    assert missing_layers("k", wanted, RANDOM, ALL, store.folder) == {}


def test_where_no_sample_is_wanted_nothing_is_missing(store):
    assert missing_layers("k", request(skip_unlabelled=True), RANDOM, ALL[:0], store.folder) == {}


def test_missing_keys_are_those_of_usable_videos_that_lack_a_file(store):
    for key in ("k1", "k2", "k3"):
        store.add_video(key)
    store.write_tables({"b": "k2", "NA": "k1", "same as NA": "k1", "c": "k3"}, failed=("broken",))
    rgb, mhi = request(), request(MhiStream(kind="mhi"), ["fc1", "block5"])
    assert store.missing(rgb) == ["k1", "k2", "k3"]
    store.add_features("k1", rgb, "fc1")
    path = store.add_features("k2", rgb, "fc1")
    assert store.missing(rgb) == ["k3"]
    assert store.missing(rgb, mhi) == ["k1", "k2", "k3"]
    store.add_features("k1", mhi, "fc1")
    assert store.missing(rgb, mhi) == ["k1", "k2", "k3"]
    store.add_features("k1", mhi, "block5")
    assert store.missing(rgb, mhi) == ["k2", "k3"]
    path.unlink()
    assert store.missing(rgb) == ["k2", "k3"]


def test_with_only_labelled_samples_a_changed_label_is_missing_again(store):
    for key in ("k1", "k2", "k3"):
        store.add_video(key)
    videos, wanted = {"a": "k1", "007": "k2", "unlabelled": "k3"}, request(skip_unlabelled=True)
    store.write_tables(videos, [("a", "seconds", "0.2", "0.6", "signing"), ("007", "frame", "0", "18", "other")])
    assert store.missing(wanted) == ["k1", "k2"]
    store.add_features("k1", wanted, "fc1", np.array([1, 2]))
    store.add_features("k2", wanted, "fc1", ALL)
    assert store.missing(wanted) == []
    store.write_tables(videos, [("a", "seconds", "0.2", "0.8", "signing"), ("007", "frame", "0", "18", "signing")])
    assert store.missing(wanted) == ["k1"]
