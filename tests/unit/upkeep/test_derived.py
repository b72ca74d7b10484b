"""Configurations derived from others by changing values, and checked before they are written."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from made_detector import LAYER, NETWORK, SIZE, made_detector
from places import ROOT

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.configuration.file import Configuration
from signwild.configuration.sections.network import Network
from signwild.configuration.settings import load_settings
from signwild.exported.folder import CHECKSUMS, FILES
from signwild.upkeep.derived.adaptation import adaptation_configuration, adaptation_experiments
from signwild.upkeep.derived.values import read_change, split_change, with_changes


def test_values_are_changed_where_their_keys_are() -> None:
    content = {"run": "a", "segments": {"folds": 5}}

    changed = with_changes(content, {"run": "b", "segments.stride": 10, "training.schedule": None})

    assert changed == {"run": "b", "segments": {"folds": 5, "stride": 10}, "training": {"schedule": None}}
    assert content == {"run": "a", "segments": {"folds": 5}}


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("segments.folds=3", ("segments.folds", 3)),
        ("dataset.videos_dir=/data/a=b", ("dataset.videos_dir", "/data/a=b")),
        ("seeds=[1, 2]", ("seeds", [1, 2])),
    ],
)
def test_a_change_is_read_as_yaml(text: str, change: tuple) -> None:
    assert read_change(text) == change


@pytest.mark.parametrize("text", ["segments.folds", "=3", "a..b=1", "a=[1"])
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not"):
        read_change(text)


def test_a_text_is_taken_as_it_is() -> None:
    assert split_change("dataset.videos_dir=/data/my #2 clips") == ("dataset.videos_dir", "/data/my #2 clips")


def test_a_value_is_no_section() -> None:
    with pytest.raises(InputError, match="run is a value"):
        with_changes({"run": "a"}, {"run.name": "b"})


def _write(folder: Path, *changes: str) -> subprocess.CompletedProcess:
    options = [word for change in changes for word in ("--set", change)]
    command = [sys.executable, ROOT / "scripts/write_configuration.py", ROOT / "tests/micro.yaml", *options]
    return subprocess.run(
        [*command, "--output", "made/mine.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_program_writes_a_whole_configuration(tmp_path: Path) -> None:
    assert _write(tmp_path, "run=mine", "segments.folds=3").returncode == 0

    micro = yaml.safe_load((ROOT / "tests/micro.yaml").read_text())
    assert yaml.safe_load((tmp_path / "made/mine.yaml").read_text()) == micro | {
        "run": "mine",
        "segments": {"folds": 3},
    }


def test_the_program_writes_nothing_that_is_wrong(tmp_path: Path) -> None:
    done = _write(tmp_path, "segments.fold=3")

    assert done.returncode == 1
    assert done.stderr == "error: made/mine.yaml: segments.fold: unknown key; did you mean 'folds'?\n"
    assert not (tmp_path / "made").exists()


def _adapted(folder: Path, user: dict) -> tuple[Configuration, dict]:
    """Return the checked configuration of an adaptation of a made-up detector, and its experiments."""
    detector = made_detector(folder / "detector")
    path = folder / "experiments.yaml"
    experiments = adaptation_experiments(user, detector, detector.variant(None))
    path.write_text(yaml.safe_dump(experiments, sort_keys=False))
    content = adaptation_configuration(user, detector, path)
    return load_settings(content, "mine.yaml", path).configuration, experiments


USER = {
    "run": "mine",
    "dataset": {"kind": "folder", "videos_dir": "videos", "labels": "videos/labels.csv"},
    "segments": {"folds": 2, "group_by": "source"},
    "weights": {"source": "imagenet"},
    "tables": ["table_2"],
    "training": {"learning_rate": 0.01},
}


def test_an_adaptation_is_of_the_user_s_videos_and_the_detector_s_network(tmp_path: Path) -> None:
    configuration, experiments = _adapted(tmp_path, USER)

    assert configuration.run == "mine_adapted"
    assert configuration.dataset.labels == "videos/labels.csv"
    assert (configuration.segments.folds, configuration.segments.group_by) == (2, "source")
    assert configuration.resample.image_size == SIZE
    assert (configuration.weights.source, configuration.weights.seed) == ("random", 1)
    assert configuration.detection.networks == "all"
    assert experiments["experiments"]["adapted"] == {"fuse": ["adapted_rgb", "adapted_flow"], "rule": "mean"}
    entry = experiments["experiments"]["adapted_rgb"]
    assert Network(**entry["network"]) == NETWORK
    assert entry["layer"] == LAYER
    assert entry["training"]["learning_rate"] == 0.01
    assert entry["training"]["start_from"] == str(tmp_path / "detector")
    assert entry["training"]["stop_on"] == "inner"
    assert experiments["experiments"]["as_is_rgb"]["training"]["epochs"] == 0
    assert "start_from" not in experiments["experiments"]["anew_rgb"]["training"]


def test_ten_videos_fill_the_folds_of_an_adaptation(tmp_path: Path) -> None:
    configuration, _ = _adapted(tmp_path, {name: USER[name] for name in ("run", "dataset")})

    assert configuration.segments.folds == 3


def _write_adaptation(folder: Path, user: dict, model: Path) -> subprocess.CompletedProcess:
    (folder / "mine.yaml").write_text(yaml.safe_dump(user))
    (folder / USER["dataset"]["videos_dir"]).mkdir(exist_ok=True)
    (folder / USER["dataset"]["labels"]).touch()
    command = [sys.executable, ROOT / "scripts/write_adaptation.py", "mine.yaml", "--model", model]
    return subprocess.run([*command, "--output-dir", "made"], cwd=folder, capture_output=True, text=True, check=False)


def test_the_program_writes_what_make_adapt_runs(tmp_path: Path) -> None:
    made = made_detector(tmp_path / "detector").folder

    done = _write_adaptation(tmp_path, {name: USER[name] for name in ("run", "dataset")}, made)

    assert (done.returncode, done.stderr) == (0, "")
    content = yaml.safe_load((tmp_path / "made/configuration.yaml").read_text())
    assert content["run"] == "mine_adapted"
    assert content["experiments_file"] == "made/experiments.yaml"
    table = yaml.safe_load((tmp_path / "made/experiments.yaml").read_text())["tables"]["adaptation"]
    assert (table["reference"], table["gain"]) == ("as_is", "adapted")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"run": None}, "mine.yaml: run: "),
        ({"segments": 7}, "mine.yaml: segments: "),
        (
            {"dataset": {**USER["dataset"], "videos_dir": "nowhere"}},
            "mine.yaml: dataset.videos_dir: nowhere is not a folder",
        ),
        ({"training": {"learning_rat": 0.1}}, "mine.yaml: training.learning_rat: unknown key; did you mean"),
        ({"training": {"start_from": "x"}}, "mine.yaml: training.start_from: an adaptation starts from MODEL"),
        ({"run": "made"}, "detector: was trained on the videos of the run made, so none is held out"),
    ],
)
def test_what_is_wrong_is_said_of_the_user_s_file(tmp_path: Path, values: dict, said: str) -> None:
    made = made_detector(tmp_path / "detector").folder
    user = {name: USER[name] for name in ("run", "dataset")} | values

    done = _write_adaptation(tmp_path, user, made)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "made").exists()


def test_an_adapted_detector_is_not_adapted_to_the_same_videos_again(tmp_path: Path) -> None:
    made = made_detector(tmp_path / "detector").folder
    text = (made / "detector.json").read_text().replace('"run": "made"', '"run": "mine_adapted"')
    (made / "detector.json").write_text(text)
    (made / CHECKSUMS).write_text("".join(f"{file_sha256(made / name)}  {name}\n" for name in FILES))

    assert "the videos of the run mine, so none" in _write_adaptation(tmp_path, USER, made).stderr


def test_keras_s_weights_come_from_the_user_s_mirror(tmp_path: Path) -> None:
    detector = made_detector(tmp_path / "detector")
    weights = detector.model.weights.model_copy(update={"source": "imagenet", "identity": "imagenet"})
    other = replace(detector, model=detector.model.model_copy(update={"weights": weights}))
    user = {**USER, "weights": {"source": "random", "url": "http://127.0.0.1/keras"}}

    made = adaptation_configuration(user, other, tmp_path / "experiments.yaml")

    assert made["weights"] == {"source": "imagenet", "url": "http://127.0.0.1/keras"}


def test_weights_that_only_their_maker_has_are_asked_for(tmp_path: Path) -> None:
    detector = made_detector(tmp_path / "detector")
    weights = detector.model.weights.model_copy(update={"source": "file", "file": "own.npz", "sha256": "1f"})
    other = replace(detector, model=detector.model.model_copy(update={"weights": weights}))
    experiments = tmp_path / "experiments.yaml"

    with pytest.raises(InputError, match=r"own\.npz \(sha256 1f\), which is not in it; name a copy as weights\.source"):
        adaptation_configuration(USER, other, experiments)

    (tmp_path / "own.npz").touch()
    own = {"source": str(tmp_path / "own.npz"), "preprocessing": "torch"}
    assert adaptation_configuration({**USER, "weights": own}, other, experiments)["weights"] == own
