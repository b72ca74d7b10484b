#!/usr/bin/env bash
# Snakemake on Slurm: a plugin that is told to ask squeue may ask sacct all the same.
#
# Versions:  snakemake-executor-plugin-slurm 2.8.0, snakemake 9.27.1, Python 3.11
# Expected:  `--slurm-status-command squeue` decides, as an option does; at most a warning if it is a bad idea.
# Seen:      if the cluster's MinJobAge is below three times the wait before the first check (3 x 40 s), sacct is asked,
#            which one line of information in the log says. Slurm's default of MinJobAge is 300 s.
# Matters:   who chose squeue because of what sacct answers gets those answers on some clusters. A shorter wait,
#            `--slurm-init-seconds-before-status-checks`, lowers the limit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  snakemake==9.27.1 snakemake-executor-plugin-slurm==2.8.0 snakemake-executor-plugin-slurm-jobstep==0.6.1 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
import asyncio
import logging
import os
from pathlib import Path
from types import SimpleNamespace

from snakemake_executor_plugin_slurm import Executor, ExecutorSettings


def program(name: str, output: str) -> None:
    """Put a program into ./bin that prints what Slurm's program of this name would print."""
    path = Path("bin", name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)


class Watcher(Executor):
    """The plugin's own check of its jobs, without a workflow; keeps what it reports."""

    def __init__(self, status_command: str) -> None:
        self.workflow = SimpleNamespace(executor_settings=ExecutorSettings(status_command=status_command))
        self.logger, self.status_rate_limiter, self.run_uuid = logging.getLogger(), asyncio.Semaphore(), "run"
        self._status_query_calls = self._status_query_failures = 0
        self._status_query_total_seconds = self._status_query_max_seconds = 0.0
        self._status_query_min_seconds, self._status_query_cycle_rows = None, []
        self._next_seconds_between_status_checks = 40
        self.outcome = "none"

    def report_job_success(self, job: SimpleNamespace) -> None:
        self.outcome = "succeeded"

    def report_job_error(self, job: SimpleNamespace, **_: object) -> None:
        self.outcome = "failed"

    async def check(self) -> str:
        """What becomes of job 7 in one check: succeeded, failed, or still running."""
        job = SimpleNamespace(external_jobid="7", aux={"slurm_logfile": Path("7.log")})
        running = [job async for job in self.check_active_jobs([job])]
        return "still running" if running else self.outcome


os.environ["PATH"] = f"{Path('bin').absolute()}:{os.environ['PATH']}"
program("sacct", "7|RUNNING")
program("squeue", "7|COMPLETED")
logging.basicConfig(level=logging.INFO, format="the plugin: %(message)s")
for seconds, expected in ((300, "squeue"), (120, "squeue"), (119, "sacct"), (60, "sacct")):
    program("scontrol", f"MinJobAge               = {seconds} sec")
    asked = {"succeeded": "squeue", "still running": "sacct"}[asyncio.run(Watcher("squeue").check())]
    print(f"status command squeue, MinJobAge {seconds} s: {asked} is asked", flush=True)
    assert asked == expected, "no longer so"
END
