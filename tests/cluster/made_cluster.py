"""A project on a cluster, with its profile filled in, and the state of its jobs in Slurm."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pandas as pd
from made_project import Project

PROFILE = "profiles/slurm/profile.yaml"

QUICK = {
    "seconds-between-status-checks": 1,
    "slurm-init-seconds-before-status-checks": 1,
    "latency-wait": 5,
    "max-jobs-per-timespan": "100/1s",
}
"""Settings with shorter waits than a cluster's users should have."""


class ClusterProject(Project):
    """A copy of the project that runs on Slurm."""

    where = ("PROFILE=slurm",)

    def __init__(self, folder: Path, node: str) -> None:
        super().__init__(folder)
        self._node = node
        self._runs: list[subprocess.Popen] = []

    @classmethod
    def copy_of(cls, other: Project, folder: Path, node: str) -> Self:
        """Return a copy of another project with its results, and with the profile for this Slurm."""
        project = cls(shutil.copytree(other.folder, folder, symlinks=True), node)
        project.configure(PROFILE, **QUICK)
        return project

    def without_results(self) -> Self:
        """Remove the results, as if it had never run, and return the project."""
        for name in ("results", ".snakemake"):
            shutil.rmtree(self.folder / name)
        return self

    def start(self) -> subprocess.Popen:
        """Start a run as on one machine."""
        self._runs.append(super().start())
        return self._runs[-1]

    def end(self) -> None:
        """End everything that still runs: controllers and their jobs."""
        for run in self._runs:
            if run.poll() is None:
                self.kill(run)
        self.slurm("scancel", "--user=root")
        # Without control groups Slurm loses track of a job's processes that have left its session.
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self.folder:
                    os.kill(int(process.name), signal.SIGKILL)

    def log(self) -> str:
        """Return the end of the run's output."""
        return (self.folder / "make.log").read_text()[-5000:]

    def jobs(self) -> pd.DataFrame:
        """Return Slurm's records of the project's jobs: id, comment, partition, requested, state, seconds, rule."""
        fields = "JobIDRaw,Comment%200,Partition,ReqTRES%100,State%50,ElapsedRaw,WorkDir%300"
        how = ("--allocations", "--parsable2", "--noheader", "--starttime=now-1days")
        done = self.slurm("sacct", *how, f"--format={fields}")
        rows = [line.split("|") for line in done.splitlines()]
        jobs = pd.DataFrame(rows, columns=["id", "comment", "partition", "requested", "state", "seconds", "folder"])
        jobs = jobs[jobs["folder"] == str(self.folder)]
        return jobs.assign(rule=jobs["comment"].str.extract(r"rule_(\w+?)(?:_wildcards|$)")[0])

    def wait_for_job(self, rule: str, run: subprocess.Popen) -> str:
        """Wait until a job of a rule runs, and return its id."""

        def running() -> str | None:
            lines = self.slurm("squeue", "--noheader", "--states=RUNNING", "--format=%i|%k|%Z").splitlines()
            jobs = [line.split("|") for line in lines]
            return next((job for job, comment, folder in jobs if rule in comment and folder == str(self.folder)), None)

        return self.wait_until(running, run)

    def wait_until(self, condition: Callable[[], Any], run: subprocess.Popen) -> Any:
        """Wait until a condition holds during a run, and return its value."""
        while not (found := condition()):
            assert run.poll() is None, self.log()
            time.sleep(0.3)
        return found

    def drain(self) -> None:
        """Take the node out of service: running jobs continue, no job starts."""
        self.slurm("scontrol", "update", f"nodename={self._node}", "state=drain", "reason=test")

    def resume(self) -> None:
        """Put the node back into service."""
        self.slurm("scontrol", "update", f"nodename={self._node}", "state=resume")

    def slurm(self, *command: object) -> str:
        """Run one of Slurm's commands, and return its output."""
        words = [str(word) for word in command]
        return subprocess.run(words, env=self.environment, check=True, capture_output=True, text=True).stdout
