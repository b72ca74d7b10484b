"""Settings of libraries in every program that people start, also without make."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest
from places import SCRIPTS

from signwild.base.memory import is_out_of_memory

PROGRAMS = sorted([*SCRIPTS.glob("*.py"), SCRIPTS / "signwild/api.py"])

WATCHED = """
import os, runpy, sys
import pandas, pydantic, tqdm  # once for all, as they take long

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "h5py":
            print(program, os.environ.get("HDF5_USE_FILE_LOCKING"), os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH"))

sys.meta_path.insert(0, Watch())
for program in sys.argv[1:]:
    sys.stdout.flush()
    process = os.fork()
    if not process:
        runpy.run_path(program, run_name="imported")
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(process, 0)
"""


def test_hdf5_is_loaded_without_its_locks_and_a_gpu_is_not_taken_whole() -> None:
    unset = {"HDF5_USE_FILE_LOCKING", "TF_FORCE_GPU_ALLOW_GROWTH"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    command = [sys.executable, "-c", WATCHED, *map(str, PROGRAMS)]
    done = subprocess.run(
        command, env=environment | {"PYTHONPATH": str(SCRIPTS)}, text=True, capture_output=True, check=True
    )
    loading = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert str(SCRIPTS / "detect_signing.py") in loading
    assert str(SCRIPTS / "signwild/api.py") in loading
    assert set(loading.values()) == {"FALSE true"}, done.stdout + done.stderr


def test_a_lack_of_memory_is_known_as_every_library_reports_it() -> None:
    with pytest.raises(MemoryError) as found:
        np.empty(1 << 60, np.uint8)
    assert is_out_of_memory(found.value)
    assert is_out_of_memory(OSError(errno.ENOMEM, "Cannot allocate memory"))  # as from a process that cannot start
    assert not is_out_of_memory(OSError(errno.ENOENT, "No such file"))
