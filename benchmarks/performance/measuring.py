"""Tasks measured in processes of their own, one after the other in turn, so that a machine's moods meet all alike."""

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
"""From one look at a process's memory to the next: children live longer."""


@dataclass(frozen=True)
class Use:
    """What a task took once its set-up was done, and how much it did.

    ``seconds`` of the clock, ``cpu_s`` of all processors, children included; ``units``: videos' seconds, images or
    segments.
    """

    seconds: float
    cpu_s: float
    units: float

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

    ``silent_s``: seconds of the clock until its first word, to a twentieth; all of them where it says none.
    ``memory_mb``: resident memory of it and its children at one time, each at its largest so far, as seen twenty times
    a second. What they share is counted for each.
    """

    seconds: float
    cpu_s: float
    memory_mb: float
    silent_s: float
    printed: str


def prepare(work: Work, folder: Path) -> None:
    """Make what a task is done on, so that it is neither timed nor counted in memory."""
    run_measured([*_command(work, folder), "prepare"])
    os.sync()


def measure(work: Work, folder: Path) -> Use:
    """Do a task in a process of its own; raises RuntimeError with what it printed where it fails."""
    return Use(**json.loads(run_measured(_command(work, folder)).printed.splitlines()[-1]))


def measure_memory_mb(work: Work, folder: Path) -> float:
    """Do a task that is prepared in a process of its own; what ``Run`` says of its memory, its set-up included."""
    return run_measured(_command(work, folder)).memory_mb


def _command(work: Work, folder: Path) -> list[object]:
    return [sys.executable, "-m", "performance", work.task, folder, json.dumps(work.options)]


def run_measured(command: list[object]) -> Run:
    """Run a command to its end; raises RuntimeError with what it printed where it fails."""
    words = [str(word) for word in command]
    paths = os.pathsep.join(str(ROOT / name) for name in ("scripts", "benchmarks"))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.setdefault("KERAS_BACKEND", "tensorflow")
    largest, silent_s = 0, None
    with tempfile.TemporaryFile("w+") as output:
        started = time.monotonic()
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=subprocess.STDOUT)
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
    """The most that a process has had in memory so far, and its children that live; 0 of one that has ended."""
    # The system's ru_maxrss would not do: a child's begins with what its parent had.
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
    """Each task ``rounds`` times: all once, then all again."""
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
    """Median of a figure over rounds."""
    return statistics.median(getattr(use, figure) for use in uses)


def ratio(above: list[Use], below: list[Use], figure: str) -> float:
    """Median of the ratios round by round."""
    return statistics.median(
        getattr(one, figure) / getattr(other, figure) for one, other in zip(above, below, strict=True)
    )
