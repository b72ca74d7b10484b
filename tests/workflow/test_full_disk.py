"""Tests of a disk that fills up during a run: one clear message, nothing half-written; with space the run continues."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
from made_project import Project, copied

MESSAGE = "No space left on device; free some space and start again, nothing is lost"

FEATURES = "results/made/features/rgb.tsv"


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


def resize(disk: Path, size_kb: int) -> None:
    """Change the size of a disk that is mounted."""
    subprocess.run(["mount", "-o", f"remount,size={size_kb}k", disk], check=True)


def features_of(project: Project) -> dict[str, bytes]:
    """Return the features in each file of the store, by its name."""
    found = {}
    for path in (project.folder / "results/store/features").glob("*.h5"):
        with h5py.File(path) as file:
            found[path.name] = file["features"][()].tobytes()
    return found


def test_a_full_disk_stops_the_features_and_room_lets_them_go_on(small_disk: Project, finished: Project) -> None:
    """Stop where most is written, in a file of HDF5, when some videos are done."""
    small_disk.configure("config.yaml", shards=1)
    results = small_disk.folder / "results"
    resize(results, 3000)
    stopped = small_disk.python("-m", "snakemake", "--cores", 2, FEATURES, "--configfile", "config.yaml")
    assert stopped.returncode != 0
    assert MESSAGE in stopped.stdout + stopped.stderr
    before, whole = features_of(small_disk), features_of(finished)
    assert before
    resize(results, 200_000)
    small_disk.snakemake(FEATURES)
    after = features_of(small_disk)
    assert before.items() < after.items() <= whole.items()
    manifests = [sorted((one.folder / FEATURES).read_text().splitlines()) for one in (small_disk, finished)]
    assert manifests[0] == manifests[1]
    assert len(after) == len(manifests[0]) - 1
    assert not list(results.glob("**/.writing-*"))


@pytest.mark.exhaustive  # the test above stops one stage
@pytest.mark.parametrize("sizes_kb", [[2600], [700, 8000, 12000]], ids=["one size", "three more"])
def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(
    sizes_kb: list[int], small_disk: Project, finished: Project
) -> None:
    results, log = small_disk.folder / "results", small_disk.folder / "make.log"
    for size in sizes_kb:
        resize(results, size)
        assert small_disk.start().wait() != 0
        assert MESSAGE in log.read_text()
        log.unlink()
    resize(results, 200_000)
    assert small_disk.start().wait() == 0, log.read_text()[-5000:]
    assert small_disk.results_bytes() == finished.results_bytes()
    assert not list(results.glob("**/.writing-*"))
