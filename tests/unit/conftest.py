"""What several tests of training share: an experiment that is trained once, and a copy of it to change."""

import shutil
from pathlib import Path

import pytest
from made_features import Features, experiment


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Features of separable classes, and an experiment trained on them."""
    made = Features(tmp_path_factory.mktemp("done")).make()
    made.train(experiment())
    return made


@pytest.fixture
def copy(done: Features, tmp_path: Path) -> Features:
    """The same with its trained folds, to change."""
    shutil.copytree(done.folder, tmp_path / "copy")
    return Features(tmp_path / "copy")
