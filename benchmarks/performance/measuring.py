"""Tasks measured in processes of their own, one after the other in turn, so that a machine's moods meet all alike."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Use:
    """What a task took once its set-up was done, and how much it did.

    ``seconds`` of the clock, ``cpu_s`` of all processors, children included; ``units``: videos' seconds, images or
    segments; ``memory_mb``: the process at its largest, set-up included.
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


def prepare(work: Work, folder: Path) -> None:
    """Make what a task is done on, so that it is neither timed nor counted in memory."""
    _run(work, folder, "prepare")
    os.sync()


def measure(work: Work, folder: Path) -> Use:
    """Do a task in a process of its own; raises RuntimeError with what it printed where it fails."""
    printed, memory_mb = _run(work, folder)
    return Use(**json.loads(printed.splitlines()[-1]), memory_mb=memory_mb)


def _run(work: Work, folder: Path, *words: str) -> tuple[str, float]:
    """What the task's process printed, and its largest memory in MB."""
    command = [sys.executable, "-m", "performance", work.task, str(folder), json.dumps(work.options), *words]
    paths = os.pathsep.join(str(ROOT / name) for name in ("scripts", "benchmarks"))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.setdefault("KERAS_BACKEND", "tensorflow")
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        printed = output.read()
    if status:
        raise RuntimeError(f"{work} failed:\n{printed[-3000:]}")
    return printed, usage.ru_maxrss / 1024


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
