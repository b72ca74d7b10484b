"""A run that is killed, again and again and wherever it is, goes on without a hand, to the same results."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from made_project import Project, copied

PROGRAMS = [
    *("exclude_videos", "prepare_dataset", "prepare_weights", "download_videos", "align_labels", "list_videos"),
    *("resample_videos", "detect_faces", "compute_stream", "compute_descriptor", "extract_features", "cut_segments"),
    *("classify_segments", "train_experiment", "train_experiment", "fuse_experiments", "slide_windows", "track_runs"),
    *("compare_experiments", "write_report"),
]
"""Programs in about the order in which a run comes to them; one of them is awaited before each kill."""

TARGETS = ["job", "controller", "all"]
"""The program itself, Snakemake alone (its jobs live on, beside the next start), or everything at once."""

LONGEST_WAIT_S = 2.0


class Killer:
    """Starts runs of a project and kills them, at moments that a seed decides."""

    def __init__(self, project: Project, seed: int) -> None:
        self.project = project
        self.random = random.Random(seed)
        self.kills: list[str] = []

    def kill_one(self, program: str) -> bool:
        """Start the run, wait for a program and some time more, then kill; False where the run ended before."""
        run = self.project.start()
        victim = self._wait_for(program, run)
        if victim is None:
            return False
        target, wait = self.random.choice(TARGETS), self.random.uniform(0, LONGEST_WAIT_S)
        time.sleep(wait)
        if run.poll() is not None:
            return False
        if target == "all":
            self.project.kill(run)
        else:
            controller = next(self._processes("-m", "snakemake"), victim)
            _kill(victim if target == "job" and Path(f"/proc/{victim}").exists() else controller)
            run.wait()
        self.kills.append(f"{target} {wait:.2f} s into {program}")
        return True

    def wait_for_orphans(self) -> None:
        """Wait until no job is left of a killed controller."""
        while any(next(self._processes("-m", program), None) for program in PROGRAMS):
            time.sleep(0.1)

    def _wait_for(self, program: str, run: subprocess.Popen) -> int | None:
        while run.poll() is None:
            if found := next(self._processes("-m", program), None):
                return found
            time.sleep(0.02)
        assert run.returncode == 0, (self.project.folder / "make.log").read_text()[-5000:]
        return None

    def _processes(self, *words: str) -> Iterator[int]:
        """Processes in the project's folder whose command has these words in a row."""
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command = (path / "cmdline").read_bytes().decode().split("\0")
                here = (path / "cwd").readlink() == self.project.folder
            except (OSError, UnicodeDecodeError):
                continue
            if here and "python" in command[0] and list(words) == command[1 : 1 + len(words)]:
                yield int(path.name)


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def kill_many_times(base: Project, folder: Path, kills: int, seed: int) -> None:
    """Kill runs from nothing ``kills`` times, in one stage after another; then compare with the undisturbed run."""
    project = copied(base.folder, folder)
    killer = Killer(project, seed)
    while len(killer.kills) < kills:
        for name in ("results", ".snakemake"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for program in PROGRAMS:
            if len(killer.kills) < kills:
                killer.kill_one(program)
        print(*killer.kills, sep="\n")
        assert project.start().wait() == 0, (folder / "make.log").read_text()[-5000:]
        killer.wait_for_orphans()
        assert project.results_bytes() == base.results_bytes(), killer.kills
        for pattern in ("**/.writing-*", "store/progress/*.h5", "made/**/*.h5"):
            assert not list((folder / "results").glob(pattern))
        assert "Nothing to be done" in project.snakemake()


@pytest.mark.timeout(1500)
def test_killed_wherever_it_is(finished: Project, tmp_path: Path) -> None:
    kill_many_times(finished, tmp_path / "project", kills=15, seed=1)


@pytest.mark.exhaustive
@pytest.mark.timeout(10_000)
@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6])
def test_killed_a_hundred_times(finished: Project, tmp_path: Path, seed: int) -> None:
    kill_many_times(finished, tmp_path / "project", kills=20, seed=seed)
