"""Tasks measured in processes of their own, one after the other in turn, so that a machine's moods meet all alike."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]

LOOKS_S = 0.05
"""From one look at a process's memory to the next."""


@dataclass(frozen=True)
class Use:
    """What a task took once its set-up was done, and how much it did.

    ``seconds`` of the clock, ``cpu_s`` of all processors, children included; ``units``: videos' seconds, images or
    segments; ``memory_mb``: the process and its children at their largest, set-up included.
    """

    seconds: float
    cpu_s: float
    units: float
    memory_mb: float

    @property
    def seconds_a_unit(self) -> float:
        """Of the clock."""
        return self.seconds / self.units

    @property
    def cpu_s_a_unit(self) -> float:
        """Of all processors."""
        return self.cpu_s / self.units


@dataclass(frozen=True)
class Work:
    """A task to be measured: its name in ``tasks``, and what it is given beside the folder of materials."""

    task: str
    options: dict[str, object]


@dataclass(frozen=True)
class Run:
    """What a command took, start-up included: seconds of the clock, seconds of all processors, memory, its words.

    ``memory_mb``: the largest that it and its children were at any one time, looked at twenty times a second. The
    system's own figure, ``ru_maxrss``, would do for one process, but a child begins with its parent's.
    """

    seconds: float
    cpu_s: float
    memory_mb: float
    printed: str


def prepare(work: Work, folder: Path) -> None:
    """Make what a task is done on, so that it is neither timed nor counted in memory."""
    run_measured([*_command(work, folder), "prepare"])
    os.sync()


def measure(work: Work, folder: Path) -> Use:
    """Do a task in a process of its own; raises RuntimeError with what it printed where it fails."""
    run = run_measured(_command(work, folder))
    return Use(**json.loads(run.printed.splitlines()[-1]), memory_mb=run.memory_mb)


def _command(work: Work, folder: Path) -> list[object]:
    return [sys.executable, "-m", "performance", work.task, folder, json.dumps(work.options)]


def run_measured(command: list[object]) -> Run:
    """Run a command to its end; raises RuntimeError with what it printed where it fails."""
    words = [str(word) for word in command]
    paths = os.pathsep.join(str(ROOT / name) for name in ("scripts", "benchmarks"))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.setdefault("KERAS_BACKEND", "tensorflow")
    with tempfile.TemporaryFile("w+") as output, ThreadPoolExecutor(1) as watching:
        started = time.monotonic()
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=subprocess.STDOUT)
        largest = watching.submit(_largest_memory_mb, process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
    if status:
        raise RuntimeError(f"{' '.join(words)} failed:\n{printed[-3000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, largest.result(), printed)


def _largest_memory_mb(pid: int) -> float:
    """The most that a process and its children had in memory at once, until it ends."""
    largest = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            largest = max(largest, sum(map(_resident_bytes, [process, *process.children(recursive=True)])) / 1e6)
            time.sleep(LOOKS_S)
    return largest


def _resident_bytes(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0


def measure_in_turn(works: dict[str, Work], folder: Path, rounds: int) -> dict[str, list[Use]]:
    """Each task ``rounds`` times: all once, then all again."""
    for work in works.values():
        prepare(work, folder)
    uses: dict[str, list[Use]] = {name: [] for name in works}
    for number in range(rounds):
        for name, work in works.items():
            uses[name].append(measure(work, folder))
            use = uses[name][-1]
            print(
                f"  {number + 1}/{rounds} {name}: {use.seconds:.1f} s, {use.cpu_s:.1f} CPU s, "
                f"{use.units:g} units, {use.memory_mb:.0f} MB",
                file=sys.stderr,
                flush=True,
            )
    return uses


def median(uses: list[Use], figure: str) -> float:
    """Median of a figure over rounds."""
    return statistics.median(getattr(use, figure) for use in uses)


def ratio(above: list[Use], below: list[Use], figure: str) -> float:
    """Median of the ratios round by round."""
    return statistics.median(
        getattr(one, figure) / getattr(other, figure) for one, other in zip(above, below, strict=True)
    )
