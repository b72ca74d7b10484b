"""The machine that is to do the work of a forecast."""

import shutil
from typing import Literal

from signwild.base.errors import InputError
from signwild.upkeep.forecast.why import Machine

Gpu = Literal["0", "1"]
"""Whether the machine has a GPU, as make's variable GPU says it."""


def check_cores(cores: int) -> None:
    """Raise InputError if a machine has no core."""
    if cores < 1:
        raise InputError(f"CORES is {cores}; give the number of processor cores, 1 or more")


def read_machine(cores: int, gpu: Gpu | None) -> Machine:
    """Return the machine, by default with a GPU if nvidia-smi is here; raises InputError if it has no core."""
    check_cores(cores)
    has_gpu = gpu == "1" if gpu else shutil.which("nvidia-smi") is not None
    return Machine(cores, "gpu" if has_gpu else "cpu")
