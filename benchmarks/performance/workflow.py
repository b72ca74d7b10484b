"""Time that the workflow takes besides its stages: the demo from scratch, and a second start."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from performance.materials import emptied
from performance.measuring import ROOT

RUNS = ("from nothing", "again")


def measure_workflow(folder: Path) -> Iterator[dict[str, str]]:
    """Yield a row for the demo in a copy of the working tree with its packages set up, and one for a second run.

    A job works from the start of its command, including the start of Python, to its end; ``no job at work`` is the
    rest: planning, starting Snakemake and its jobs, and the time after the last job.
    """
    copy = emptied(folder / "copy")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for name in RUNS:
        seconds, spans = _timed_demo(copy)
        yield {
            "make demo": name,
            "seconds": f"{seconds:.1f}",
            "jobs": str(len(spans)),
            "their seconds": f"{sum(end - start for start, end in spans):.0f}",
            "no job at work, s": f"{seconds - covered_seconds(spans):.1f}",
            "of the time (goal)": f"{100 * (1 - covered_seconds(spans) / seconds):.0f}% (15%)" if spans else "–",
        }


def _timed_demo(copy: Path) -> tuple[float, list[tuple[float, float]]]:
    """Return the wall seconds, and when each job began and ended, in seconds since the epoch."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    began, started = time.time(), time.monotonic()
    done = subprocess.run(["make", "demo"], cwd=copy, env=inherited, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"{copy}: make demo failed:\n{(done.stdout + done.stderr)[-3000:]}")
    # Snakemake writes the benchmark of a job when its command has ended.
    ends = [path for path in (copy / "results").glob("*/benchmarks/**/*.jsonl") if path.stat().st_mtime > began]
    return seconds, [(path.stat().st_mtime - _job_seconds(path), path.stat().st_mtime) for path in ends]


def _job_seconds(benchmark: Path) -> float:
    return float(json.loads(benchmark.read_text().splitlines()[-1])["s"])


def covered_seconds(spans: list[tuple[float, float]]) -> float:
    """Return the seconds that at least one of the spans (start, end) covers."""
    covered, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered
