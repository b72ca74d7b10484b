"""One run of the micro configuration, shared by all tests that only look at it."""

from pathlib import Path

import pytest
from runs import ROOT, snakemake


@pytest.fixture(scope="session")
def micro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished micro run."""
    folder = tmp_path_factory.mktemp("micro")
    done = snakemake(folder, ROOT / "tests/micro.yaml")
    assert done.returncode == 0, done.stdout
    return folder
