"""Finished runs, shared by all tests that only read or copy them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from made_project import Project
from runs import ROOT, snakemake


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder of something slow to make: the first test process that needs it makes it, others reuse it."""
    base = factory.getbasetemp()  # with several processes, each has one below a common folder
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    made = folder.with_suffix(".made")
    with FileLock(folder.with_suffix(".lock")):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by a process that failed in it
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def micro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished micro run."""

    def make(folder: Path) -> None:
        done = snakemake(folder, ROOT / "tests/micro.yaml")
        assert done.returncode == 0, done.stdout

    return made_once(tmp_path_factory, "micro", make)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a copy of the project with a finished run."""
    return Project(made_once(tmp_path_factory, "finished", lambda folder: Project(folder).make().run()))
