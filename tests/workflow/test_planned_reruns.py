"""Tests that a change would start jobs of exactly the stages that depend on it: each row of docs/reruns.md, planned."""

from pathlib import Path

import pytest
from changes import ROWS, Change, as_markdown, changed, stages
from made_project import Project
from runs import ROOT


@pytest.mark.parametrize(
    "change",
    [
        # A row that needs a run first takes minutes.
        pytest.param(row, marks=pytest.mark.exhaustive if row.first else [], id=row.name)
        for row in ROWS
    ],
)
def test_what_would_start(change: Change, finished: Project, tmp_path: Path) -> None:
    project = changed(finished, tmp_path / "project", change)
    planned = project.plan() if change.planned_only else project.plan_run()
    assert stages(planned) == change.starts


def test_the_documents_table_is_this_one() -> None:
    assert as_markdown() in (ROOT / "docs/reruns.md").read_text(encoding="utf-8")
