"""Tests that after a change exactly what depends on it runs again and computes: rows of docs/reruns.md, run."""

from pathlib import Path

import pytest
from changes import ROWS, SAME_RESULTS, Change, changed, stages
from made_project import Project

STORED = ("resample", "features", "faces", "descriptors", "training", "classification")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(row, marks=[] if row.real else pytest.mark.exhaustive, id=row.name)
        for row in ROWS
        if not row.planned_only
    ],
)
def test_what_runs(change: Change, finished: Project, tmp_path: Path) -> None:
    project = changed(finished, tmp_path / "project", change)
    before = project.store_times()
    assert stages(project.run()) == change.starts
    after = project.store_times()
    written = {name.split("/")[0] for name in after if after[name] != before.get(name)}
    # The file of a descriptor is among the features.
    expected = {stage.replace("descriptors", "features") for stage in set(change.runs.split()) & set(STORED)}
    assert written == expected
    assert all(after[name] == time for name, time in before.items() if not name.startswith("resample/"))
    if change.videos is not None:
        decoded = [name for name in after if name.startswith("resample/") and after[name] != before.get(name)]
        assert len(decoded) == change.videos
    if change in SAME_RESULTS:
        assert project.results_bytes() == finished.results_bytes()
    assert project.run() == set()
