"""Features of a shard: float16, the same whatever the batch, and only what the store lacks."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_weights import write_npz
from places import ROOT, rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, store_path
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.rgb import RgbStream
from signwild.keys.features import FeatureRequest
from signwild.stages.features.extract_features import extract_features
from signwild.stages.features.extractor import Extractor
from signwild.stages.streams.stream_files import read_stream
from signwild.stages.weights.arrays import load_weights
from signwild.stages.weights.receipt import PreparedWeights

SIZE, SAMPLES = 32, 7

WEIGHTS = PreparedWeights("random-1", "", "caffe", 1)

RGB = FeatureRequest(stream=RgbStream(kind="rgb"), layers=["block5", "block5_gap", "fc1"], features=Features())

AGAIN = """
import sys
from pathlib import Path
from test_features import RGB, Shard

Shard(Path(sys.argv[1])).extract(RGB)
print([name for name in ("keras", "tensorflow") if name in sys.modules])
"""


class Shard:
    """Two usable videos and a failed one, their images, and the store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.stream = folder / "images.h5"

    def make(self) -> "Shard":
        """Write the tables, samples and images."""
        columns = ["video_id", "status", "reason", "key", "sha256", "rows"]
        rows = [["a", "ok", "", "key-a", "", "7"], ["b", "ok", "", "key-b", "", "7"]]
        write_table(self.folder / "samples.tsv", pd.DataFrame([*rows, ["c", "empty", "", "", "", ""]], columns=columns))
        spans = [["a", "seconds", "0", "0.5", "signing"], ["a", "seconds", "1", "", "other"]]
        labels = pd.DataFrame(spans, columns=["video_id", "unit", "start", "end", "label"])
        write_table(self.folder / "labels.tsv", labels)
        random = np.random.default_rng(0)
        with new_hdf5(self.stream) as stream:
            for key in ("key-a", "key-b"):
                stream[f"{key}/images"] = random.integers(0, 256, (SAMPLES, SIZE, SIZE, 3), np.uint8)
                with new_hdf5(store_path(self.store, "resample", key)) as file:
                    file["frame"] = 6 * np.arange(SAMPLES)
                    file["time_s"] = 0.2 * np.arange(SAMPLES)
                    file["stretch"] = np.zeros(SAMPLES, np.int64)
        return self

    def extract(self, request: FeatureRequest, batch_size: int = 4) -> pd.DataFrame:
        """Extract features, and return the manifest by video and layer."""
        manifest, tables = self.folder / "features.tsv", (self.folder / "samples.tsv", self.folder / "labels.tsv")
        receipt = self.folder / "vgg16.json"
        receipt.write_text(json.dumps(asdict(WEIGHTS)))
        extract_features(*tables, self.stream, manifest, self.store, request, [receipt], batch_size)
        return read_table(manifest, {"rows": int}).set_index(["video_id", "layer"])

    def features(self, key: str) -> tuple[np.ndarray, list[int]]:
        """Return features and frames of one file of the store."""
        with h5py.File(store_path(self.store, "features", key)) as file:
            return file["features"][()], file["frame"][()].tolist()


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    """A shard without extracted features."""
    return Shard(tmp_path).make()


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a stream file of one video."""
    path = tmp_path_factory.mktemp("stream") / "images.h5"
    with new_hdf5(path) as file:
        file["key/images"] = np.random.default_rng(2).integers(0, 256, (9, SIZE, SIZE, 3), np.uint8)
    return path


def extractor(batch_size: int = 4, weights: PreparedWeights = WEIGHTS, **values: object) -> Extractor:
    """An extractor for RGB images."""
    return Extractor(weights, Features(**values), True, batch_size)


def test_all_layers_of_all_usable_videos_are_kept(shard: Shard) -> None:
    manifest = shard.extract(RGB)
    assert list(manifest.index) == [(video, layer) for video in "ab" for layer in RGB.layers]
    assert manifest["rows"].tolist() == [SAMPLES] * 6
    for layer, width in (("block5", 512), ("block5_gap", 512), ("fc1", 4096)):
        values, frames = shard.features(manifest.loc[("b", layer), "key"])
        assert values.shape == (SAMPLES, width)
        assert values.dtype == np.float16
        assert frames == [0, 6, 12, 18, 24, 30, 36]
        assert np.ptp(values, axis=0).max() > 0
    assert len(list((shard.store / "features").iterdir())) == 6


def test_only_what_the_store_lacks_is_computed(shard: Shard) -> None:
    manifest = shard.extract(RGB)
    paths = {index: store_path(shard.store, "features", key) for index, key in manifest["key"].items()}
    before = {index: shard.features(key)[0] for index, key in manifest["key"].items()}
    times = {index: path.stat().st_mtime_ns for index, path in paths.items()}
    gone = ("b", "block5_gap")
    paths[gone].unlink()
    assert shard.extract(RGB).equals(manifest)
    assert all(np.array_equal(shard.features(manifest.loc[index, "key"])[0], before[index]) for index in before)
    assert [index for index, path in paths.items() if path.stat().st_mtime_ns != times[index]] == [gone]


def test_what_is_all_in_the_store_starts_no_keras_and_reads_no_image(shard: Shard) -> None:
    manifest = shard.extract(RGB)
    with new_hdf5(shard.stream):
        pass
    folders = ROOT / "scripts", ROOT / "tests/builders", Path(__file__).parent
    path = ":".join(map(str, folders))
    command = [sys.executable, "-c", AGAIN, str(shard.folder)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
    assert read_table(shard.folder / "features.tsv", {"rows": int}).set_index(["video_id", "layer"]).equals(manifest)


def test_images_that_are_missing_are_one_clear_error(shard: Shard) -> None:
    with new_hdf5(shard.stream):
        pass
    with pytest.raises(InputError, match=rf"^{shard.stream}: lacks 'a'; delete this file and start again"):
        shard.extract(RGB)


def test_samples_without_a_label_may_be_skipped(shard: Shard) -> None:
    all_rows = shard.extract(RGB)
    skipping = RGB.model_copy(update={"features": Features(skip_unlabelled=True)})
    manifest = shard.extract(skipping)
    # Samples at 0, 0.2, 0.4 and from 1.0 s on have a label in a; b has none.
    assert manifest.loc["a", "rows"].tolist() == [5, 5, 5]
    assert manifest.loc["b", "rows"].tolist() == [0, 0, 0]
    values, frames = shard.features(manifest.loc[("a", "fc1"), "key"])
    assert frames == [0, 6, 12, 30, 36]
    assert np.allclose(values, shard.features(all_rows.loc[("a", "fc1"), "key"])[0][[0, 1, 2, 5, 6]], rtol=1e-2)
    assert not store_path(shard.store, "features", manifest.loc[("b", "fc1"), "key"]).exists()


def test_a_result_does_not_depend_on_the_batch(images: Path) -> None:
    rows = np.arange(9)
    with h5py.File(images) as file:
        results = {size: extractor(size).extract(file["key"], rows, ["fc1"])["fc1"] for size in (1, 4, 16)}
        one = extractor(4)
        whole = one.extract(file["key"], rows, ["fc1"])["fc1"]
        alone = [one.extract(file["key"], rows[[row]], ["fc1"])["fc1"][0] for row in rows]
    scale = results[4].max()
    assert all(np.abs(values.astype(float) - results[4]).max() < 1e-3 * scale for values in results.values())
    # In batches of one size the features of an image do not depend on its place or on the other images.
    assert np.abs(np.array(alone, float) - whole).max() < 1e-3 * scale
    assert np.ptp(whole, axis=0).max() > 0.05 * scale


class SmallGpu:
    """A network on a GPU whose memory holds so many images, and which says so as TensorFlow does."""

    def __init__(self, model: object, images: int) -> None:
        self._model, self._images = model, images

    def predict_on_batch(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        """Predict, if the batch is small enough."""
        from tensorflow.errors import ResourceExhaustedError  # not above: a test shows that Keras is not loaded

        if len(batch) > self._images:
            raise ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return self._model.predict_on_batch(batch)


@pytest.mark.parametrize("room", [4, 3])
def test_a_batch_that_does_not_fit_in_memory_is_halved_once(
    images: Path, room: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    whole, build = extractor(8), Extractor._model
    monkeypatch.setattr(Extractor, "_model", lambda *given: SmallGpu(build(*given), room))
    with h5py.File(images) as file:
        if room == 3:
            with pytest.raises(Exception, match="OOM when allocating"):
                whole.extract(file["key"], np.arange(9), ["block5_gap"])
            return
        values = whole.extract(file["key"], np.arange(9), ["block5_gap"])["block5_gap"]
        assert "8 images at once do not fit in memory: going on with 4" in capsys.readouterr().out
        again = whole.extract(file["key"], np.arange(9), ["block5_gap"])["block5_gap"]
        alone = extractor(4).extract(file["key"], np.arange(9), ["block5_gap"])["block5_gap"]
    assert capsys.readouterr().out == ""
    assert np.array_equal(values, alone)
    assert np.array_equal(values, again)


def test_flow_is_read_as_windows_of_its_fields(tmp_path: Path) -> None:
    request = FlowStream(kind="flow", before=1, after=1)
    with new_hdf5(tmp_path / "flow.h5") as file:
        file["key/images"] = np.random.default_rng(3).integers(0, 256, (4, SIZE, SIZE, 3), np.uint8)
        file["key/windows"] = np.array([[0, 1], [1, 2], [2, 3]])
        expected = read_stream(file["key"], np.arange(3))
        file["stacked/images"] = expected
    assert expected.shape == (3, SIZE, SIZE, 6)
    flow = Extractor(WEIGHTS, Features(), request.subtract_mean, 2)
    with h5py.File(tmp_path / "flow.h5") as file:
        windows = flow.extract(file["key"], np.arange(3), ["block5_gap"])["block5_gap"]
        stacked = flow.extract(file["stacked"], np.arange(3), ["block5_gap"])["block5_gap"]
    assert np.array_equal(windows, stacked)


def test_values_that_float16_cannot_hold_are_refused(images: Path, tmp_path: Path) -> None:
    arrays = load_weights(WEIGHTS, SIZE, with_fc1=False)
    arrays["block1_conv1/kernel"] *= 1e8
    path = write_npz(tmp_path / "vgg.npz", arrays)
    strong = extractor(weights=PreparedWeights("strong", str(path), "caffe", 0))
    with (
        h5py.File(images) as file,
        pytest.raises(
            InputError, match=rf"^{images}/key: block5_gap .*features\.rescale_conv1.*weights\.preprocessing"
        ),
    ):
        strong.extract(file["key"], np.arange(9), ["block5_gap"])


def test_the_program_writes_the_same_as_the_library(shard: Shard) -> None:
    library = shard.extract(RGB)
    expected = {key: shard.features(key)[0] for key in library["key"]}
    shutil.rmtree(shard.store / "features")
    receipt = {"identity": "random-1", "path": "", "preprocessing": "caffe", "seed": 1}
    (shard.folder / "vgg16.json").write_text(json.dumps(receipt))
    paths = {"resampled": "samples.tsv", "labels": "labels.tsv", "stream-file": "images.h5"}
    paths["prepared-weights"] = "vgg16.json"
    options = [part for name, file in paths.items() for part in (f"--{name}", shard.folder / file)]
    options += ["--request", RGB.model_dump_json(), "--store", shard.store, "--manifest", shard.folder / "program.tsv"]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "2"}
    command = [*rule_program("features.extract_features"), *map(str, options), "--batch-size", "4"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    program = read_table(shard.folder / "program.tsv", {"rows": int}).set_index(["video_id", "layer"])
    assert program.equals(library)
    assert all(np.allclose(shard.features(key)[0], expected[key], rtol=1e-2, atol=1e-4) for key in expected)
