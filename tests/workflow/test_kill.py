"""A run that is killed goes on at the next start without a hand, to the same results."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from runs import ROOT, bytes_of, environment

TRACKED = [
    "Makefile",
    "Snakefile",
    "rules",
    "scripts",
    "config",
    "profiles",
    "envs",
    "requirements",
    "tests/micro.yaml",
]


def start(folder: Path) -> subprocess.Popen:
    """Start ``make run`` in a session of its own, so that all of it can be killed at once."""
    command = ["make", "run", "CONFIG=tests/micro.yaml", "CORES=2"]
    log = (folder / "make.log").open("a")
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=log, stderr=log, start_new_session=True)


def wait_for(folder: Path, pattern: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, (folder / "make.log").read_text()
        time.sleep(0.1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that shares this one's environment."""
    for name in TRACKED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def test_killed_while_extracting_and_while_training(micro: Path, project: Path) -> None:
    for pattern in ("results/store/features/*.h5", "results/store/training/*.h5"):
        process = start(project)
        wait_for(project, pattern, seconds=300)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(project).wait() == 0, (project / "make.log").read_text()
    patterns = ("results/micro/**/*.parquet", "results/micro/tables/*", "results/micro/**/history.csv")
    assert bytes_of(project, *patterns) == bytes_of(micro, *patterns)
