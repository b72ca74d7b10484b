"""Another run's scores beside a detector's own, only if the runs differ in nothing but their folds."""

import re
from pathlib import Path

import pandas as pd
import pytest

from signwild.base.errors import InputError
from signwild.configuration.settings import load_settings, resolved_yaml
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.stages.detection.beside import read_run_scores, read_scores_beside
from signwild.stages.detection.score_table import METRICS

EXPERIMENTS = ["rgb", "rgb_flow", "flow"]


def write_run(
    results: Path, run: str, by: str, detectors: tuple[str, ...] = ("rgb", "rgb_flow"), **values: object
) -> Path:
    """Write a run's configuration and its scores."""
    given = {"run": run, "dataset": {"kind": "demo"}, "tables": ["table_2"], "segments": {"group_by": by}, **values}
    folder = results / run
    (folder / "tables").mkdir(parents=True)
    (folder / "run_config.yaml").write_text(resolved_yaml(load_settings(given, run, SHIPPED_EXPERIMENTS)))
    rows = [(name, metric, 0.5, 0.4, 0.6, by) for name in detectors for metric in METRICS]
    table = pd.DataFrame(rows, columns=["experiment", "metric", "value", "low", "high", "group_by"])
    table.to_csv(folder / "tables/detection.csv", index=False)
    return folder


def refused(own: Path, other: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_scores_beside(own, other, EXPERIMENTS)
    return str(caught.value)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_run(tmp_path, "starter", "source")


def test_a_run_by_person_stands_beside_one_by_source(own: Path, tmp_path: Path) -> None:
    more = {"detectors": ("rgb", "rgb_flow", "flow"), "shards": 2, "seeds": [1, 2], "hardware": {"keep_training_s": 9}}
    other = write_run(tmp_path, "by_person", "person", **more)
    beside = read_scores_beside(own, other, EXPERIMENTS)
    assert (beside.run, beside.group_by) == ("by_person", "person")
    assert set(beside.table["experiment"]) == set(EXPERIMENTS)
    assert read_run_scores("starter", own / "tables/detection.csv").group_by == "source"


@pytest.mark.parametrize("file", ["tables/detection.csv", "run_config.yaml"])
def test_a_run_that_is_not_there_is_named(own: Path, tmp_path: Path, file: str) -> None:
    other = write_run(tmp_path, "by_person", "person")
    (other / file).unlink()
    assert refused(own, other) == (
        f"{other / file}: there is no such file; detection.scores_beside names the run by_person, so run that "
        "one first, or leave the key out"
    )


def test_folds_of_the_same_kind_are_refused(own: Path, tmp_path: Path) -> None:
    message = refused(own, write_run(tmp_path, "again", "source"))
    assert "has folds by source, like starter" in message
    assert "has folds by source" in refused(own, own)


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({"dataset": {"kind": "demo", "seed": 2}}, "dataset"),
        ({"resample": {"image_size": 160}, "layer": "block5_gap"}, "resample, experiments.flow, experiments.rgb"),
        ({"streams": {"flow": {"kind": "flow", "winsize": 13}}}, "streams"),
        ({"weights": {"source": "random"}}, "weights"),
        ({"features": {"precision": "bfloat16"}}, "features"),
        ({"segments": {"group_by": "person", "folds": 3, "seed": 1}}, "segments.folds, segments.seed"),
        ({"seeds": [2, 1]}, "seeds"),
        ({"training": {"epochs": 3}}, "experiments.flow, experiments.rgb"),
        ({"tables": ["table_1"]}, "experiments.flow, experiments.rgb, experiments.rgb_flow"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_runs_that_differ_in_more_than_their_folds_are_refused(
    own: Path, tmp_path: Path, values: dict, keys: str
) -> None:
    other = write_run(tmp_path, "by_person", "person", **values)
    message = refused(own, other)
    assert message.startswith(f"{other / 'run_config.yaml'}: ")
    named = re.match(r".*yaml: (.*) differ from starter's, so scores", message)[1].split(", ")
    assert set(keys.split(", ")) == set(named)


def test_a_detector_without_scores_is_named(own: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path, "by_person", "person", detectors=("rgb",))
    assert "has no scores of rgb_flow; give by_person the same detection.experiments" in refused(own, other)
