"""The shipped detector: complete, small, free of local paths, and described by its card."""

import json
import re

import h5py
import numpy as np
import pytest

from signwild.configuration.settings import read_yaml
from signwild.exported.folder import CHECKSUMS, FILES, MOST_SHIPPED_BYTES, NETWORKS, STARTER
from signwild.exported.model import Detector, read_detector
from signwild.stages.detection.score_table import METRICS


@pytest.fixture(scope="module")
def starter() -> Detector:
    """The shipped detector."""
    return read_detector(STARTER)


def test_it_is_whole_and_small(starter: Detector) -> None:
    assert sorted(path.name for path in STARTER.iterdir()) == sorted([*FILES, CHECKSUMS])
    assert sum(path.stat().st_size for path in STARTER.iterdir()) <= MOST_SHIPPED_BYTES
    with h5py.File(STARTER / NETWORKS) as file:
        for name, member in starter.model.members.items():
            assert member.networks == ["final"]
            arrays = [values[()] for values in file[f"{name}/final"].values()]
            assert all(np.isfinite(values).all() for values in arrays)


def test_it_names_no_machine_and_fetches_its_weights(starter: Detector) -> None:
    assert starter.model.weights.source == "packaged"
    for name in ("detector.json", "model_card.md"):
        assert not re.search(r"(^|[\s\"'(])/(home|root|work|tmp|Users)/", (STARTER / name).read_text())


def test_it_is_what_its_configuration_says(starter: Detector) -> None:
    configuration = read_yaml(STARTER.parents[1] / "config/starter.yaml")
    assert starter.model.resample.image_size == configuration["resample"]["image_size"]
    assert [variant.name for variant in starter.model.variants] == configuration["detection"]["experiments"]
    for member in starter.model.members.values():
        assert member.layer == configuration["layer"]
        assert configuration["network"].items() <= member.network.model_dump().items()


def test_its_card_has_its_scores(starter: Detector) -> None:
    card = (STARTER / "model_card.md").read_text()
    assert list(starter.model.scores_of) == ["source", "person"]
    lines = [line.split("|") for line in card.splitlines()]
    rows = {cells[1].strip(): cells[2:-1] for cells in lines if len(cells) > 3}
    for name, (title, scale, places) in METRICS.items():
        scores = [by[name][0] for variant in starter.model.variants for by in variant.scores.values()]
        shown = [cell.split("[")[0].strip() for cell in rows[title]]
        assert shown == ["–" if score is None else f"{score * scale:,.{places}f}" for score in scores]


def test_its_card_tells_on_whom_it_was_trained_and_what_it_is_not_for() -> None:
    """The shipped card is as old as the detector, whose identity covers it: its words may differ, its facts may not."""
    card, about = (STARTER / "model_card.md").read_text(), (STARTER.parents[1] / "config/starter_card.md").read_text()
    headings = [line for line in about.splitlines() if line.startswith("## ")]
    assert headings == ["## What it has never seen", "## What it costs", "## What it is for"]
    shipped = card[card.index("Clips of") : card.index("## What it does\n")]
    assert [line for line in shipped.splitlines() if line.startswith(("## ", "| "))] == [
        line for line in about.splitlines() if line.startswith(("## ", "| "))
    ]
    assert re.findall(r"\d[\d,]*", shipped) == re.findall(r"\d[\d,]*", about)
    assert json.loads((STARTER / "detector.json").read_text())["run"] == "starter"
