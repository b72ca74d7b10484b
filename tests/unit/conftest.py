"""Shared fixtures: an experiment that is trained once, a finished run, and copies of them to change."""

import shutil
from pathlib import Path

import pytest
from made_features import Features, experiment
from made_run import MadeRun


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Return features of separable classes, and an experiment trained on them."""
    made = Features(tmp_path_factory.mktemp("done")).make()
    made.train(experiment())
    return made


@pytest.fixture
def copy(done: Features, tmp_path: Path) -> Features:
    """Return a copy of the features and trained folds, to change."""
    shutil.copytree(done.folder, tmp_path / "copy")
    return Features(tmp_path / "copy")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        MadeRun().make()
    return folder


@pytest.fixture
def made(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """Return a copy of the finished run to damage; it is the working folder."""
    shutil.copytree(finished, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return MadeRun()
