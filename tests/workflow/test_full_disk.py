"""Test of a disk that fills up during a run: one clear message, nothing half-written; with space the run continues."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_project import Project, copied

SIZES_KB = [
    pytest.param([2600], id="one size"),
    pytest.param([700, 8000, 12000], id="three more", marks=pytest.mark.exhaustive),
]


@pytest.fixture
def small_disk(finished: Project, tmp_path: Path) -> Iterator[Project]:
    """Yield a project that has not run yet, whose results are on a separate disk."""
    project = copied(finished.folder, tmp_path / "project")
    for name in ("results", ".snakemake"):
        shutil.rmtree(project.folder / name)
    results = project.folder / "results"
    results.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", results]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield project
    subprocess.run(["umount", results], check=True)


@pytest.mark.parametrize("sizes_kb", SIZES_KB)
def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(
    sizes_kb: list[int], small_disk: Project, finished: Project
) -> None:
    results, log = small_disk.folder / "results", small_disk.folder / "make.log"
    for size in sizes_kb:
        subprocess.run(["mount", "-o", f"remount,size={size}k", results], check=True)
        assert small_disk.start().wait() != 0
        assert "No space left on device; free some space and start again, nothing is lost" in log.read_text()
        log.unlink()
    subprocess.run(["mount", "-o", "remount,size=200m", results], check=True)
    assert small_disk.start().wait() == 0, log.read_text()[-5000:]
    assert small_disk.results_bytes() == finished.results_bytes()
    assert not list(results.glob("**/.writing-*"))
