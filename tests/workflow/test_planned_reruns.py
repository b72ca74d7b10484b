"""Tests that a change would start jobs of exactly the stages that depend on it: each row of docs/reruns.md, planned."""

from pathlib import Path

import pytest
from changes import COSTS_NOTHING, ROWS, Change, as_markdown, changed, stages
from made_project import Project, copied
from runs import ROOT

STARTS_NOTHING = [change for change in COSTS_NOTHING if not change.starts]


@pytest.mark.parametrize(
    "change",
    [
        # A row that needs a run first takes minutes; those that start nothing are planned together below.
        pytest.param(row, marks=pytest.mark.exhaustive if row.first or row in STARTS_NOTHING else [], id=row.name)
        for row in ROWS
    ],
)
def test_what_would_start(change: Change, finished: Project, tmp_path: Path) -> None:
    project = changed(finished, tmp_path / "project", change)
    planned = project.plan() if change.planned_only else project.plan_run()
    assert stages(planned) == change.starts


def test_changes_that_cost_nothing_start_nothing_together(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    for change in STARTS_NOTHING:
        change.make(project)
    assert project.plan_run() == set()


def test_the_documents_table_is_this_one() -> None:
    assert as_markdown() in (ROOT / "docs/reruns.md").read_text(encoding="utf-8")
