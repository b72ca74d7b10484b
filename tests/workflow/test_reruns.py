"""After a change exactly what depends on it runs again: the table of docs/reruns.md, row by row."""

from pathlib import Path

import pytest
from changes import CHANGES, SAME_RESULTS, STAGES, Change, as_markdown
from made_project import Project, copied
from runs import ROOT

STAGE_OF = {rule: stage for stage, rules in STAGES.items() for rule in rules}
STORED = ("resample", "features", "faces", "descriptors", "training", "classification")

ROWS = [change for changes in CHANGES.values() for change in changes]


def stages(rules: set[str]) -> set[str]:
    return {STAGE_OF[rule] for rule in rules}


def changed(finished: Project, folder: Path, change: Change) -> Project:
    """A copy of the finished run to which the change was made."""
    project = copied(finished.folder, folder)
    if change.first:
        change.first(project)
        project.run()
    change.make(project)
    return project


@pytest.mark.parametrize("change", ROWS, ids=lambda change: change.name)
def test_what_would_start(change: Change, finished: Project, tmp_path: Path) -> None:
    project = changed(finished, tmp_path / "project", change)
    planned = project.plan() if change.planned_only else project.plan_run()
    assert stages(planned) == change.starts


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
    # A descriptor's file stands among the features.
    expected = {stage.replace("descriptors", "features") for stage in set(change.runs.split()) & set(STORED)}
    assert written == expected
    assert all(after[name] == time for name, time in before.items() if not name.startswith("resample/"))
    if change.videos is not None:
        decoded = [name for name in after if name.startswith("resample/") and after[name] != before.get(name)]
        assert len(decoded) == change.videos
    if change in SAME_RESULTS:
        assert project.results_bytes() == finished.results_bytes()
    assert project.run() == set()


def test_the_documents_table_is_this_one() -> None:
    assert as_markdown() in (ROOT / "docs/reruns.md").read_text(encoding="utf-8")
