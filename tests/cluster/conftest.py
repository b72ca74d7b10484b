"""Fixtures: a Slurm of one node, and projects whose profile is filled in for it, as by a user of a cluster."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_cluster import ClusterProject
from made_project import Project
from one_node_slurm import missing, one_node_slurm


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Slurm that its commands reach, and yield the name of its node."""
    if reason := missing():
        pytest.skip(reason)
    with one_node_slurm(tmp_path_factory.mktemp("slurm")) as node:
        yield node


@pytest.fixture
def on_slurm(slurm: str, tmp_path: Path) -> Iterator[Callable[[Project], ClusterProject]]:
    """Yield a function that copies a project to run it on Slurm; its runs and jobs end with the test."""
    projects = []

    def copy(other: Project) -> ClusterProject:
        projects.append(ClusterProject.copy_of(other, tmp_path / f"project_{len(projects)}", slurm))
        return projects[-1]

    yield copy
    for project in projects:
        project.end()


@pytest.fixture
def project(on_slurm: Callable[[Project], ClusterProject], finished: Project) -> ClusterProject:
    """Return a project that has not run yet, to run on Slurm."""
    return on_slurm(finished).without_results()
