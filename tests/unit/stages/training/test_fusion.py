"""Fusion of class probabilities, by hand and on files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions, write_results

from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.stages.training.fuse_experiments import fuse_experiments
from signwild.stages.training.fusion import fuse_probabilities

MEMBERS = np.array([[[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]], [[0.2, 0.7, 0.1], [0.5, 0.25, 0.25]]])

BY_HAND = {
    "mean": [[0.4, 0.5, 0.1], [0.35, 0.225, 0.425]],
    "product": [[0.12 / 0.34, 0.21 / 0.34, 0.01 / 0.34], [0.1 / 0.3, 0.05 / 0.3, 0.15 / 0.3]],
    "max": [[0.6 / 1.4, 0.7 / 1.4, 0.1 / 1.4], [0.5 / 1.35, 0.25 / 1.35, 0.6 / 1.35]],
}


@pytest.mark.parametrize("rule", BY_HAND)
def test_two_experiments_by_hand(rule: str) -> None:
    assert np.allclose(fuse_probabilities(MEMBERS, rule), BY_HAND[rule])
    assert np.allclose(fuse_probabilities(MEMBERS[::-1], rule), BY_HAND[rule])


def test_three_experiments_weigh_the_same() -> None:
    members = np.array([[[1.0, 0, 0]], [[0, 1.0, 0]], [[0, 0.4, 0.6]]])
    assert np.allclose(fuse_probabilities(members, "mean"), [[1 / 3, 1.4 / 3, 0.2]])


@pytest.mark.parametrize("rule", BY_HAND)
def test_probabilities_of_zero_do_not_break_a_rule(rule: str) -> None:
    contrary = fuse_probabilities(np.array([[[1.0, 0, 0]], [[0, 1.0, 0]]]), rule)
    assert np.allclose(contrary, [[0.5, 0.5, 0]])
    agreed = fuse_probabilities(np.array([[[0, 0, 1.0]], [[0, 0, 1.0]]]), rule)
    assert np.allclose(agreed, [[0, 0, 1]])


def fuse(run: Path, rule: str = "mean", fused: tuple[str, ...] = ("rgb", "flow")) -> Path:
    """Fuse results below the run's folder, and return the fusion's folder."""
    experiment, output = FusedExperiment(fuse=list(fused), rule=rule), run / "fusion/both/seed_1"
    members = [run / "training" / name / "seed_1" for name in fused]
    fuse_experiments("demo", "both", 1, experiment, members, {"weights": "random"}, output)
    return output


@pytest.mark.parametrize("rule", BY_HAND)
def test_files_are_aligned_by_segment(rule: str, tmp_path: Path) -> None:
    rgb, flow = made_predictions(seed=1), made_predictions(seed=2)
    write_results(tmp_path, "rgb", predictions=with_names(rgb, "rgb"))
    write_results(tmp_path, "flow", predictions=with_names(flow, "flow").sample(frac=1, random_state=0))
    fused = pd.read_parquet(fuse(tmp_path, rule) / "predictions.parquet")
    columns = ["fold", "video_id", "start_frame", "label"]
    order = ["video_id", "start_frame"]
    assert fused[columns].equals(rgb.sort_values(order, ignore_index=True)[columns])
    stacked = np.stack([table.sort_values(order)[list(PROBABILITIES)].to_numpy(float) for table in (rgb, flow)])
    assert np.allclose(fused[list(PROBABILITIES)], fuse_probabilities(stacked, rule), atol=1e-6)
    assert (fused["experiment"] == "both").all()


def with_names(predictions: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """Return predictions with the columns that name their run."""
    return predictions.assign(run="demo", experiment=experiment, seed=1)


def test_the_record_follows_the_members_and_the_rule(tmp_path: Path) -> None:
    for name in ("rgb", "flow"):
        write_results(tmp_path, name, predictions=with_names(made_predictions(), name))
    record = json.loads((fuse(tmp_path) / "record.json").read_text())
    assert record["kind"] == "fusion"
    assert record["parameters"] == {"fuse": "rgb + flow", "rule": "mean"}
    assert record["folds"] == [{"fold": fold, "segments": 12, "videos": 3} for fold in (0, 1)]
    keys = {record["key"], json.loads((fuse(tmp_path, "max") / "record.json").read_text())["key"]}
    path = tmp_path / "training/flow/seed_1/record.json"
    path.write_text(path.read_text().replace("0123456789abcdef0123", "3210fedcba9876543210"))
    keys.add(json.loads((fuse(tmp_path) / "record.json").read_text())["key"])
    assert len(keys) == 3


MISALIGNED = {
    "a segment less": lambda table: table.iloc[1:],
    "another fold": lambda table: table.assign(fold=1 - table["fold"]),
    "another frame": lambda table: table.assign(start_frame=table["start_frame"] + 1),
    "another label": lambda table: table.assign(label="other"),
}


@pytest.mark.parametrize("name", MISALIGNED)
def test_members_of_different_segments_are_refused(name: str, tmp_path: Path) -> None:
    predictions = made_predictions()
    write_results(tmp_path, "rgb", predictions=with_names(predictions, "rgb"))
    write_results(tmp_path, "flow", predictions=with_names(MISALIGNED[name](predictions), "flow"))
    rgb, flow = (tmp_path / "training" / member / "seed_1" for member in ("rgb", "flow"))
    with pytest.raises(InputError, match=rf"^{rgb} and {flow} have different segments or folds; delete both"):
        fuse(tmp_path)
    assert not (tmp_path / "fusion").exists()


def test_a_member_without_results_is_refused(tmp_path: Path) -> None:
    write_results(tmp_path, "rgb", predictions=with_names(made_predictions(), "rgb"))
    with pytest.raises(InputError, match=r"flow/seed_1/predictions\.parquet: there is no such file; train"):
        fuse(tmp_path)


def test_a_fusion_says_on_which_share_its_members_were_trained(tmp_path: Path) -> None:
    for name in ("rgb", "flow"):
        write_results(tmp_path, name, parameters={"stream": name, "subset.share": 0.5, "subset.draw": 2})
    record = json.loads((fuse(tmp_path) / "record.json").read_text())
    assert record["parameters"] == {"fuse": "rgb + flow", "rule": "mean", "subset.share": 0.5, "subset.draw": 2}
