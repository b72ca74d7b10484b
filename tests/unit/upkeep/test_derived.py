"""Configurations derived from others by changing values, and checked before they are written."""

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
from signwild.upkeep.derived.adaptation_files import write_adaptation
from signwild.upkeep.derived.starter_files import write_starter
from signwild.upkeep.derived.values import with_changes


def test_values_are_changed_where_their_keys_are() -> None:
    content = {"run": "a", "segments": {"folds": 5}}

    changed = with_changes(content, {"run": "b", "segments.stride": 10, "training.schedule": None})

    assert changed == {"run": "b", "segments": {"folds": 5, "stride": 10}, "training": {"schedule": None}}
    assert content == {"run": "a", "segments": {"folds": 5}}


def test_a_value_is_no_section() -> None:
    with pytest.raises(InputError, match="run is a value"):
        with_changes({"run": "a"}, {"run.name": "b"})


def test_the_shipped_detector_s_two_runs_differ_in_their_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    clips = Path("my #2 clips")
    with pytest.raises(InputError, match=r"my #2 clips/labels\.csv: no such file"):
        write_starter(clips)
    assert not Path("results").exists()
    clips.mkdir()
    (clips / "labels.csv").touch()

    starter, by_person = (yaml.safe_load(path.read_text()) for path in write_starter(clips))

    assert starter["dataset"] == by_person["dataset"]
    assert starter["dataset"]["labels"] == "my #2 clips/labels.csv"
    assert (starter["segments"]["group_by"], by_person["segments"]["group_by"]) == ("source", "person")
    assert starter["detection"]["scores_beside"] == by_person["run"]


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
    assert configuration.tables == ["adaptation", "learning_curve"]
    assert experiments["learning_curve"]["experiments"] == ["adapted"]
    assert experiments["learning_curve"]["shares"][-1] == 1


def test_ten_videos_fill_the_folds_of_an_adaptation(tmp_path: Path) -> None:
    configuration, _ = _adapted(tmp_path, {name: USER[name] for name in ("run", "dataset")})

    assert configuration.segments.folds == 3


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a user's videos and labels."""
    monkeypatch.chdir(tmp_path)
    Path(USER["dataset"]["videos_dir"]).mkdir()
    Path(USER["dataset"]["labels"]).touch()
    return tmp_path


def _write_adaptation(user: dict, model: Path) -> Path:
    Path("mine.yaml").write_text(yaml.safe_dump(user))
    return write_adaptation(Path("mine.yaml"), model, Path("made"))


def test_what_make_adapt_runs_is_written(here: Path) -> None:
    made = made_detector(here / "detector").folder

    path = _write_adaptation({name: USER[name] for name in ("run", "dataset")}, made)

    assert path == Path("made/configuration.yaml")
    content = yaml.safe_load(path.read_text())
    assert content["run"] == "mine_adapted"
    assert content["experiments_file"] == "made/experiments.yaml"
    table = yaml.safe_load((here / "made/experiments.yaml").read_text())["tables"]["adaptation"]
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
def test_what_is_wrong_is_said_of_the_user_s_file(here: Path, values: dict, said: str) -> None:
    made = made_detector(here / "detector").folder
    user = {name: USER[name] for name in ("run", "dataset")} | values

    with pytest.raises(InputError) as error:
        _write_adaptation(user, made)

    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not (here / "made").exists()


def test_an_adapted_detector_is_not_adapted_to_the_same_videos_again(here: Path) -> None:
    made = made_detector(here / "detector").folder
    text = (made / "detector.json").read_text().replace('"run": "made"', '"run": "mine_adapted"')
    (made / "detector.json").write_text(text)
    (made / CHECKSUMS).write_text("".join(f"{file_sha256(made / name)}  {name}\n" for name in FILES))

    with pytest.raises(InputError, match="the videos of the run mine, so none"):
        _write_adaptation(USER, made)


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
