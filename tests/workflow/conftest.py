"""Copies of a finished run, for tests that change it or continue it."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def copy(micro: Path, tmp_path: Path) -> Path:
    """Return the folder of a copy of the finished micro run."""
    return shutil.copytree(micro, tmp_path / "copy", symlinks=True)
