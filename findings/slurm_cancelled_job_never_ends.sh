#!/usr/bin/env bash
# Snakemake on Slurm: with sacct, a job that was cancelled counts as running for ever.
#
# Versions:  snakemake-executor-plugin-slurm 2.8.0, snakemake 9.27.1, Python 3.11
# Expected:  the plugin reports a cancelled job as failed: "CANCELLED" is in its list of failures.
# Seen:      sacct says who cancelled it, "CANCELLED by 1000", which is compared whole with that list, so the job is
#            waited for without end. squeue says "CANCELLED", and the job is reported.
# Matters:   after one `scancel` of a job, by its user or an administrator, the workflow waits until it is killed. sacct
#            is what the plugin asks unless it is told otherwise.
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
program("scontrol", "MinJobAge               = 300 sec")
SEEN = {
    ("sacct", "7|RUNNING"): "still running",
    ("sacct", "7|COMPLETED"): "succeeded",
    ("sacct", "7|FAILED"): "failed",
    ("squeue", "7|CANCELLED"): "failed",
    ("sacct", "7|CANCELLED by 1000"): "still running",
}
for (command, line), expected in SEEN.items():
    program(command, line)
    outcome = asyncio.run(Watcher(command).check())
    print(f"{command} says {line}: the job {'is ' if 'still' in outcome else ''}{outcome}")
    assert outcome == expected, "no longer so"
END
