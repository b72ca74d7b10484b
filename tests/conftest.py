"""Finished runs, shared by all tests that only look at them or take a copy."""

from pathlib import Path

import pytest
from made_project import Project
from runs import ROOT, snakemake


@pytest.fixture(scope="session")
def micro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished micro run."""
    folder = tmp_path_factory.mktemp("micro")
    done = snakemake(folder, ROOT / "tests/micro.yaml")
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project with a finished run."""
    project = Project(tmp_path_factory.mktemp("finished") / "project")
    project.folder.mkdir()
    project.make().run()
    return project
