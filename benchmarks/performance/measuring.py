"""Measurement of tasks in separate processes, in turn, so changes in the machine's speed affect all of them alike."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]

Name = TypeVar("Name")

LOOKS_S = 0.05
"""Interval between two readings of a process's memory: children live longer."""


@dataclass(frozen=True)
class Use:
    """Resources that a task took after its set-up, and the units that it did.

    ``seconds``: wall time. ``cpu_s``: of all processors, children included. ``units``: seconds of video, images or
    segments.
    """

    seconds: float
    cpu_s: float
    units: float

    @property
    def seconds_a_unit(self) -> float:
        """Wall seconds per unit."""
        return self.seconds / self.units

    @property
    def cpu_s_a_unit(self) -> float:
        """CPU seconds of all processors per unit."""
        return self.cpu_s / self.units


@dataclass(frozen=True)
class Work:
    """Task to measure: its name in ``tasks``, and its options besides the folder of materials."""

    task: str
    options: dict[str, object]


@dataclass(frozen=True)
class Run:
    """Resources that a command took, including its start: wall seconds, CPU seconds, memory, and its output.

    ``silent_s``: wall seconds until its first output, to a twentieth of a second; all seconds if it prints nothing.
    ``memory_mb``: largest sum of the resident memory of it and its live children, each at its peak so far, read twenty
    times a second. Shared memory is counted for each.
    """

    seconds: float
    cpu_s: float
    memory_mb: float
    silent_s: float
    printed: str


def prepare(work: Work, folder: Path) -> None:
    """Make the input of a task, so this is neither timed nor counted in its memory."""
    run_measured([*_command(work, folder), "prepare"])
    os.sync()


def measure(work: Work, folder: Path) -> Use:
    """Run a task in a separate process; raise RuntimeError with its output if it fails."""
    return Use(**json.loads(run_measured(_command(work, folder)).printed.splitlines()[-1]))


def measure_memory_mb(work: Work, folder: Path) -> float:
    """Run a prepared task in a separate process, and return the ``memory_mb`` of its ``Run``, including its set-up."""
    return run_measured(_command(work, folder)).memory_mb


def _command(work: Work, folder: Path) -> list[object]:
    return [sys.executable, "-m", "performance", work.task, folder, json.dumps(work.options)]


def run_measured(command: list[object], folder: Path | None = None) -> Run:
    """Run a command to its end, in ``folder`` or here; raise RuntimeError with its output if it fails."""
    words = [str(word) for word in command]
    paths = os.pathsep.join(str(ROOT / name) for name in ("scripts", "benchmarks"))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.setdefault("KERAS_BACKEND", "tensorflow")
    largest, silent_s = 0, None
    with tempfile.TemporaryFile("w+") as output:
        started = time.monotonic()
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        ended = 0
        while not ended:
            largest = max(largest, _resident_kb(process.pid))
            if silent_s is None and os.fstat(output.fileno()).st_size:
                silent_s = time.monotonic() - started
            time.sleep(LOOKS_S)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
    if status:
        raise RuntimeError(f"{' '.join(words)} failed:\n{printed[-3000:]}")
    spoken_after = seconds if silent_s is None else silent_s
    return Run(seconds, usage.ru_utime + usage.ru_stime, largest * 1024 / 1e6, spoken_after, printed)


def _resident_kb(pid: int) -> int:
    """Return the peak memory of a process so far plus that of its live children, in KB; 0 if it has ended."""
    # The system's ru_maxrss would be wrong: that of a child starts from the memory of its parent.
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = [
            child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    largest = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return (int(largest[1]) if largest else 0) + sum(_resident_kb(int(child)) for child in children)


def measure_in_turn(works: dict[Name, Work], folder: Path, rounds: int) -> dict[Name, list[Use]]:
    """Measure each task ``rounds`` times: all once, then all again."""
    for work in works.values():
        prepare(work, folder)
    uses: dict[Name, list[Use]] = {name: [] for name in works}
    for number in range(rounds):
        for name, work in works.items():
            uses[name].append(measure(work, folder))
            use = uses[name][-1]
            print(
                f"  {number + 1}/{rounds} {name}: {use.seconds:.1f} s, {use.cpu_s:.1f} CPU s, {use.units:g} units",
                file=sys.stderr,
                flush=True,
            )
    return uses


def median(uses: list[Use], figure: str) -> float:
    """Return the median of a figure over rounds."""
    return statistics.median(getattr(use, figure) for use in uses)


def ratio(above: list[Use], below: list[Use], figure: str) -> float:
    """Return the median of the ratios of each round."""
    return statistics.median(
        getattr(one, figure) / getattr(other, figure) for one, other in zip(above, below, strict=True)
    )
