"""Tests of a run that is killed again and again, anywhere: it continues without help, to the same results."""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from made_project import Project, copied

PROGRAMS = [
    *("exclude_videos", "prepare_dataset", "prepare_weights", "download_videos", "align_labels", "list_videos"),
    *("resample_videos", "detect_faces", "compute_stream", "compute_descriptor", "extract_features"),
    *("cut_segments", "train_experiment", "classify_segments", "fuse_experiments", "slide_windows"),
    *("compare_experiments", "compare_signers", "draw_figures", "draw_tsne", "track_runs", "write_report"),
]
"""Programs of all stages; in each run from scratch the test waits for some of them and kills them."""

STATEFUL = [
    *("resample_videos", "detect_faces", "compute_descriptor", "extract_features"),
    *("train_experiment", "classify_segments", "track_runs"),
]
"""Programs that continue in a store, or in MLflow's database, where a killed one stopped."""

TARGETS = ["job", "controller", "all"]
"""The program itself, only the launcher and Snakemake, which is a fork of it (their jobs continue, alongside the next
start), or everything at once."""

LONGEST_WAIT_S = 2.0


class Killer:
    """Starter and killer of runs of a project, at moments drawn from a seed."""

    def __init__(self, project: Project, seed: int) -> None:
        self.project = project
        self.random = random.Random(seed)
        self.kills: list[str] = []
        self._run: subprocess.Popen | None = None

    def kill_one(self, programs: set[str]) -> str | None:
        """Continue the run, wait for one of these programs and some more time, then kill.

        Return the program, or None if the run finished before.
        """
        found = self._wait_for(programs)
        if found is None:
            return None
        program, process = found
        target, wait = self.random.choice(TARGETS), self.random.uniform(0, LONGEST_WAIT_S)
        time.sleep(wait)
        if target == "all":
            self.project.kill(self._run)
        elif target == "job" and Path(f"/proc/{process}").exists():
            _kill(process)
        else:
            for _, controller in self.project.processes({"run_workflow"}):
                _kill(controller)
            self._run.wait()
        self.kills.append(f"{target} {wait:.2f} s into {program}")
        return program

    def finish(self) -> None:
        """Continue without kills until the run succeeds and no job of a killed Snakemake is left."""
        self._wait_for(set())
        while list(self.project.processes(set(PROGRAMS))):
            time.sleep(0.1)
        self._run = None

    def _wait_for(self, programs: set[str]) -> tuple[str, int] | None:
        """Wait for a program, restarting the run if it ended after a kill; return None if the run succeeds."""
        for _ in range(3):
            if self._run is None or self._run.poll() is not None:
                self._run = self.project.start()
            if found := self.project.wait_for(programs, self._run):
                return found
            if self._run.returncode == 0:
                return None
        raise AssertionError((self.project.folder / "make.log").read_text()[-5000:])


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def kill_many_times(base: Project, folder: Path, programs: list[str], kills: int, seed: int) -> None:
    """Kill runs from scratch ``kills`` times, in one program after another, and compare with the undisturbed run.

    They have all videos in one shard, so that a killed job has some of them done; the results are the same.
    """
    project = copied(base.folder, folder)
    project.configure("config.yaml", shards=1)
    killer = Killer(project, seed)
    while len(killer.kills) < kills:
        for name in ("results", ".snakemake"):
            shutil.rmtree(folder / name, ignore_errors=True)
        wanted = set(killer.random.sample(programs, min(kills - len(killer.kills), len(programs))))
        while wanted and (program := killer.kill_one(wanted)):
            wanted.remove(program)
        killer.finish()
        assert project.results_bytes() == base.results_bytes(), killer.kills
        for pattern in ("**/.writing-*", "store/progress/*.h5", "made/**/*.h5"):
            assert not list((folder / "results").glob(pattern))
        assert "Nothing to be done" in project.snakemake()


@pytest.mark.timeout(1500)
def test_killed_where_work_is_kept(finished: Project, tmp_path: Path) -> None:
    kill_many_times(finished, tmp_path / "project", STATEFUL, kills=3, seed=1)


@pytest.mark.exhaustive
@pytest.mark.timeout(10_000)
@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6])
def test_killed_a_hundred_times_wherever_it_is(finished: Project, tmp_path: Path, seed: int) -> None:
    kill_many_times(finished, tmp_path / "project", PROGRAMS, kills=20, seed=seed)
