"""Training that starts from a detector's networks, or only evaluates them."""

import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from made_detector import LAYER, NETWORK, SIZE, write_detector
from made_features import LENGTH, Features, experiment

from signwild.base.classes import PROBABILITIES
from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.store import new_hdf5
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.training import Training
from signwild.configuration.settings import load_settings
from signwild.exported.folder import CHECKSUMS, FILES
from signwild.exported.model import Member, read_detector
from signwild.exported.network_files import copy_network, read_network
from signwild.keys.folds import training_keys
from signwild.plan.run import read_plan
from signwild.stages.training.batches import SegmentReader
from signwild.stages.training.network import build_network
from signwild.stages.training.starting import starting_network

IDENTITY = "random-1-caffe"


def rewrite(folder: Path, **values: object) -> Path:
    """Change values of a detector, by their keys in detector.json, and its checksums."""
    path = folder / "detector.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    lines = [f"{file_sha256(folder / name)}  {name}" for name in FILES]
    (folder / CHECKSUMS).write_text("\n".join(lines) + "\n")
    return folder


def shipped(made: Features, specification: TrainedExperiment, key: str) -> Path:
    """Write a detector with the network that the store has under a key."""
    folder = write_detector(made.folder / "detector")
    with new_hdf5(folder / "networks.h5") as file, h5py.File(made.store / f"training/{key}.h5") as trained:
        copy_network(trained["variables"], file.create_group("rgb/final"))
    member = Member(stream="rgb", layer=specification.layer, network=specification.network, networks=["final"])
    return rewrite(folder, members={"rgb": member.model_dump(mode="json")})


def receipt(folder: Path, identity: str = IDENTITY) -> Path:
    """The receipt of the weights of a run."""
    path = folder / "weights.json"
    path.write_text(json.dumps({"identity": identity, "path": "", "preprocessing": "caffe", "seed": 1}))
    return path


def network_of(detector: Path, specification: TrainedExperiment):
    """The detector's network."""
    network = build_network(specification.network, LENGTH, 64)
    with h5py.File(detector / "networks.h5") as file:
        read_network(network, file["rgb/final"])
    return network


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Features with a detector that was trained on them, and the receipt of their weights."""
    made = Features(tmp_path_factory.mktemp("started")).make()
    first = made.train(experiment({"epochs": 3, "patience": 3}), name="first")
    key = json.loads((first / "record.json").read_text())["folds"][0]["key"]
    shipped(made, experiment(), key)
    receipt(made.folder)
    return made


def started(made: Features, **training: object) -> TrainedExperiment:
    return experiment({"start_from": str(made.folder / "detector"), **training})


def test_without_epochs_the_detectors_network_is_asked_as_it_is(made: Features) -> None:
    specification = started(made, epochs=0)
    output = made.train(specification, name="as_it_is", prepared_weights=made.folder / "weights.json")
    predictions, segments = pd.read_parquet(output / "predictions.parquet"), made.stored_segments()
    network = network_of(made.folder / "detector", specification)
    asked = np.asarray(network(SegmentReader(segments, LENGTH).read(np.arange(len(segments)))))
    assert np.allclose(asked, predictions[list(PROBABILITIES)], atol=1e-5)
    record = json.loads((output / "record.json").read_text())
    assert {(entry["epochs"], entry["best_epoch"], entry["refit_epochs"]) for entry in record["folds"]} == {(0, 0, 0)}
    assert pd.read_csv(output / "history.csv").empty
    # Nothing is learned, so nothing is split: it takes no groups.
    inner = made.train(
        started(made, epochs=0, stop_on="inner"), name="inner", prepared_weights=made.folder / "weights.json"
    )
    assert pd.read_parquet(inner / "predictions.parquet")[list(PROBABILITIES)].equals(predictions[list(PROBABILITIES)])


def test_a_training_begins_where_the_detector_is(made: Features) -> None:
    # A rate at which nothing moves.
    still = {"epochs": 1, "patience": 1, "learning_rate": 1e-12, "stop_on": "inner"}
    output = made.train(started(made, **still), name="still", prepared_weights=made.folder / "weights.json")
    as_it_is = made.train(started(made, epochs=0), name="asked", prepared_weights=made.folder / "weights.json")
    for entry, other in zip(
        *(json.loads((one / "record.json").read_text())["folds"] for one in (output, as_it_is)), strict=True
    ):
        with (
            h5py.File(made.store / f"training/{entry['key']}.h5") as left,
            h5py.File(made.store / f"training/{other['key']}.h5") as right,
        ):
            assert np.allclose(left["variables/000"], right["variables/000"], atol=1e-6)
            assert left["variables/000"].dtype == np.float32
    # The draws of dropout are the seed's own.
    with h5py.File(made.folder / "detector/networks.h5") as file:
        assert all(np.issubdtype(values.dtype, np.floating) for values in file["rgb/final"].values())


def test_the_key_is_of_the_detectors_bytes_and_not_of_its_place(made: Features, tmp_path: Path) -> None:
    segments = made.stored_segments().assign(key="key")

    def key(folder: Path) -> str:
        return training_keys(experiment({"start_from": str(folder)}), segments, LENGTH, 1)[0][0]

    copies = []
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        for file in (*FILES, CHECKSUMS):
            (tmp_path / name / file).write_bytes((made.folder / "detector" / file).read_bytes())
        copies.append(tmp_path / name)
    rewrite(copies[2], run="another")
    assert key(copies[0]) == key(copies[1]) != key(copies[2])
    with pytest.raises(InputError, match=r"nowhere/SHA256SUMS: cannot be read; training.start_from names the folder"):
        key(tmp_path / "nowhere")


def test_other_weights_are_refused(made: Features, tmp_path: Path) -> None:
    specification = started(made)
    found = starting_network(specification, made.folder / "weights.json")
    assert (found.file, found.group) == (made.folder / "detector/networks.h5", "rgb/final")
    with pytest.raises(InputError, match=rf"^training.start_from: weights is random-2-caffe, but {IDENTITY} in "):
        starting_network(specification, receipt(tmp_path, "random-2-caffe"))
    assert starting_network(experiment(), None) is None


CONFIG = {
    "run": "fine",
    "dataset": {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"},
    "weights": {"source": "random", "seed": 1},
    "resample": {"image_size": SIZE},
    "layer": LAYER,
    "network": NETWORK.model_dump(),
    "training": {"start_from": "detector"},
    "experiments_file": "experiments.yaml",
}
ROWS = {"caption": "One", "columns": ["loss"], "rows": [{"label": "rgb", "experiment": "rgb"}]}


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a detector of one network per member, and videos."""
    folder = write_detector(tmp_path / "detector")
    members = json.loads((folder / "detector.json").read_text())["members"]
    rewrite(folder, members={name: member | {"networks": ["fold_0"]} for name, member in members.items()})
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/a.mp4").touch()
    (tmp_path / "labels.csv").write_text("video_id,file,label\na,a.mp4,signing\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(experiments: dict | None = None, **values: object) -> None:
    """Check a run that starts from the detector, with these values changed."""
    rgb = experiments or {"rgb": {"stream": "rgb"}}
    Path("experiments.yaml").write_text(yaml.safe_dump({"experiments": rgb, "tables": {"one": ROWS}}))
    Path("config.yaml").write_text(yaml.safe_dump(CONFIG | values))
    read_plan(Path("config.yaml")).check_files("config.yaml")


@pytest.mark.usefixtures("configured")
def test_a_run_like_the_detectors_is_right() -> None:
    check()
    # How much of a video is looked at, and how its network is trained, is another matter.
    check(resample={"image_size": SIZE, "max_seconds": 30}, training={"start_from": "detector", "epochs": 0})
    check(network=NETWORK.model_dump() | {"dropout": 0.0, "cell_dropout": 0.1})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"segments": {"length": 12}}, "segments.length is 12, but 20"),
        ({"resample": {"image_size": 64}}, "resample.image_size is 64, but 32"),
        ({"resample": {"image_size": SIZE, "sample_rate": 8}}, "resample.sample_rate is 8, but 5"),
        ({"features": {"rescale_conv1": True}}, "features.rescale_conv1 is true, but false"),
        ({"layer": "block5"}, "layer is block5, but block5_gap"),
        ({"network": NETWORK.model_dump() | {"units": 16}}, "network.units is 16, but 8"),
        (
            {"streams": {"rgb": {"kind": "rgb", "subtract_mean": False}}},
            "streams.rgb.subtract_mean is false, but true",
        ),
    ],
)
@pytest.mark.usefixtures("configured")
def test_the_key_that_differs_is_named_before_any_work(values: dict, said: str) -> None:
    with pytest.raises(
        InputError,
        match=rf"^config.yaml: experiment rgb: training.start_from: {said} in detector; give both the same value$",
    ):
        check(**values)


def test_what_a_detector_has_not_or_has_twice_is_refused(configured: Path) -> None:
    with pytest.raises(InputError, match=r"detector has no network that reads stream mhi; it has flow, rgb$"):
        check({"rgb": {"stream": "mhi"}})
    with pytest.raises(InputError, match=r"detector has no network that reads descriptor profiles; it has flow, rgb$"):
        check({"rgb": {"descriptor": "profiles"}})
    members = read_detector(configured / "detector").model.model_dump(mode="json")["members"]
    rewrite(configured / "detector", members=members | {"again": members["rgb"]})
    with pytest.raises(InputError, match=r"several members that read what this experiment reads, rgb, again; export"):
        check()
    rewrite(configured / "detector", members={"rgb": members["rgb"] | {"networks": ["fold_0", "fold_1"]}})
    with pytest.raises(InputError, match=r"has 2 networks of rgb, but a training starts from one; export it with"):
        check()
    with pytest.raises(InputError, match=r"^config.yaml: experiment rgb: nowhere: there is no such folder"):
        check(training={"start_from": "nowhere"})


def test_nothing_is_trained_only_from_a_detector() -> None:
    with pytest.raises(ValueError, match="epochs: 0 trains nothing; that goes with start_from alone"):
        Training(epochs=0)
    raw = {"run": "a", "dataset": {"kind": "demo"}, "training": {"epochs": 0}}
    with pytest.raises(InputError, match=r"training.*epochs: 0 trains nothing"):
        load_settings(raw, "c.yaml", Path("config/experiments.yaml"))
