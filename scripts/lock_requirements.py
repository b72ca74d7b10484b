"""Lock the packages for every machine that the project is for, or check that each lock can be installed there.

Needs Python 3.11 or newer and a package index, and nothing of `.venv`: the tools of requirements/lock-tools.txt come
into a temporary folder. A lock is one file for all machines: where they differ, a requirement has a marker.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements"

LOCKS = ("lock-tools", "cpu", "gpu", "dev")
"""The locks, each after those that constrain it."""

ENVIRONMENTS = {"cpu": "signwild", "gpu": "signwild-gpu"}
"""Locks, and the files in envs/ that list their pins for conda."""

OLDEST_PYTHON = "3.11"

FOR_WINDOWS = ("colorama", "pyreadline3", "pywin32", "waitress")
"""Packages that others need on Windows alone; left out of the locks."""


def main() -> int:
    """Lock or check, by the tools of requirements/lock-tools.txt, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="check the locks for every machine; write nothing")
    arguments = parser.parse_args()
    with installed_tools() as tools:
        if arguments.check:
            program = Path(__file__).with_name("check_locks.py")
            return subprocess.run([tools / "python", program, "--uv", tools / "uv"], check=False).returncode
        lock(tools / "uv")
    return 0


@contextmanager
def installed_tools() -> Iterator[Path]:
    """Yield a folder with `uv`, and `python` that imports `packaging`; it is removed when the context ends."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        tools = Path(folder, "bin")
        install = [tools / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*install, "--requirement", REQUIREMENTS / "lock-tools.txt"], check=True)
        yield tools


def lock(uv: Path) -> None:
    """Write every lock from its source, and the environments for conda from the locks.

    A version that is pinned already stays, unless the source forbids it.
    """
    left_out = [option for package in FOR_WINDOWS for option in ("--no-emit-package", package)]
    options = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-emit-index-url"]
    options += ["--no-annotate", "--no-header", *left_out]
    for name in LOCKS:
        command = [uv, "pip", "compile", "--quiet", *options, f"{name}.in", "--output-file", f"{name}.txt"]
        subprocess.run(command, cwd=REQUIREMENTS, check=True)
    for name, environment in ENVIRONMENTS.items():
        path = PROJECT / f"envs/{environment}.yaml"
        path.write_text(with_pins(path.read_text(), pins((REQUIREMENTS / f"{name}.txt").read_text())))


def pins(lock_text: str) -> list[str]:
    """Return the requirements of a lock: names, versions and markers, without hashes."""
    return [line.removesuffix(" \\") for line in lock_text.splitlines() if not line.startswith(" ")]


def with_pins(environment: str, requirements: list[str]) -> str:
    """Return the text of an environment for conda with these requirements as its list below `pip:`.

    Markers need no quotes there: within YAML's plain text, quotes and semicolons are text.
    """
    head, title, _ = environment.partition("  - pip:\n")
    return head + title + "".join(f"      - {requirement}\n" for requirement in requirements)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {Path(error.cmd[0]).name} failed: see above")
