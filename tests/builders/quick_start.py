"""Python programs started quickly: in forks of a process that has imported the slow packages already.

Importing Snakemake takes half of the time of a dry run, of which the tests make more than a hundred; importing Keras
takes more than half of the time in which a detector looks at a short video.
"""

import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

FORKS = get_context("forkserver")
# Nothing of the project: each copy of it has its own.
FORKS.set_forkserver_preload(["snakemake.cli", "snakemake.dag", "pandas", "pydantic", "filelock", "keras"])


def run_python(
    words: Sequence[object], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Do in ``folder`` what Python does with the words of a command line: ``-m`` and a module, or a script; options.

    Return the exit code and the output, as ``subprocess.run`` does.
    """
    command = [str(word) for word in words]
    with tempfile.TemporaryDirectory() as written:
        outputs = [Path(written, name) for name in ("stdout", "stderr")]
        program = FORKS.Process(target=_be_python, args=(command, folder, dict(environment), outputs))
        program.start()
        program.join()
        return subprocess.CompletedProcess(command, program.exitcode, *(path.read_text() for path in outputs))


def _be_python(command: list[str], folder: Path, environment: dict[str, str], outputs: list[Path]) -> None:
    for number, path in enumerate(outputs, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # What Python does with the environment and the command line when it starts.
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in environment
    is_module = command[0] == "-m"
    first = folder if is_module else Path(command[0]).absolute().parent
    sys.path[:0] = [str(first), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = command[1:] if is_module else command
    if is_module:
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(command[0], run_name="__main__")
