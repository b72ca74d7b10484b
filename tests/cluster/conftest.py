"""A Slurm of one node, and projects whose profile is filled in for it, as a user fills it in for a cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_cluster import ClusterProject
from made_project import Project
from one_node_slurm import missing, one_node_slurm


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Slurm of one node, which Slurm's commands reach."""
    if reason := missing():
        pytest.skip(reason)
    with one_node_slurm(tmp_path_factory.mktemp("slurm")):
        yield


@pytest.fixture
def project(slurm: None, finished: Project, tmp_path: Path) -> ClusterProject:
    """A project that has not run yet, to be run on Slurm."""
    assert slurm is None
    return ClusterProject.copy_of(finished, tmp_path / "project")
