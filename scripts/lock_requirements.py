"""Lock the packages for every machine that the project is for, or check that each lock can be installed there.

Needs Python 3.11 or newer and a package index, and nothing of `.venv`: uv comes into a temporary folder. A lock is one
file for all machines: where they differ, a requirement has a marker.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements"

PYTHONS = ("3.11", "3.12", "3.13")
"""Versions of Python that the locks are for, oldest first."""

PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
}
"""Machines that the locks are for, and uv's names for them."""

MACOS = "14.0"
"""Oldest macOS that the locks are for; PyAV has no wheel for an older one."""

LOCKS = {
    "lock-tools": tuple(PLATFORMS),
    "cpu": tuple(PLATFORMS),
    "gpu": ("Linux x86-64",),
    "dev": tuple(PLATFORMS),
}
"""The locks, each after those that constrain it, and the machines that each is for."""

ENVIRONMENTS = {"cpu": "signwild", "gpu": "signwild-gpu"}
"""Files in envs/ that list the pins of a lock for conda."""

FOR_WINDOWS = ("colorama", "pyreadline3", "pywin32", "waitress")
"""Packages that are needed on Windows alone; left out of the locks."""

WITHOUT_WHEEL = ("connection-pool",)
"""Packages that exist as source only: pure Python, built when they are installed."""


@contextmanager
def installed_uv() -> Iterator[list[str]]:
    """Yield a command of `uv pip` that stays until the context ends: lock-tools.txt, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*install, "--requirement", REQUIREMENTS / "lock-tools.txt"], check=True)
        yield [f"{folder}/bin/uv", "pip"]


def lock(uv: list[str]) -> None:
    """Write every lock from its source, and the environments for conda from the locks.

    A version that is pinned already stays, unless the source forbids it.
    """
    left_out = [option for package in FOR_WINDOWS for option in ("--no-emit-package", package)]
    for name in LOCKS:
        subprocess.run(
            [
                *(*uv, "compile", "--quiet", "--universal", "--python-version", PYTHONS[0], *left_out),
                *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"),
                *(f"{name}.in", "--output-file", f"{name}.txt"),
            ],
            cwd=REQUIREMENTS,
            check=True,
        )
    for name, environment in ENVIRONMENTS.items():
        path = PROJECT / f"envs/{environment}.yaml"
        path.write_text(with_pins(path.read_text(), pins((REQUIREMENTS / f"{name}.txt").read_text())))


def pins(text: str) -> list[str]:
    """Return the requirements of a lock, given its text: versions and markers, without hashes."""
    return [line.removesuffix(" \\") for line in text.splitlines() if line and not line.startswith((" ", "#"))]


def with_pins(environment: str, requirements: list[str]) -> str:
    """Return the text of an environment for conda, with these requirements as its list below `pip:`.

    They need no quotes: in the middle of YAML's plain text, quotes and semicolons are text.
    """
    head, title, _ = environment.partition("  - pip:\n")
    return head + title + "".join(f"      - {requirement}\n" for requirement in requirements)


def check(uv: list[str]) -> bool:
    """Return whether each lock can be installed on each of its machines, and print which can.

    uv resolves as that machine would, and installs nothing: there must be a file with a locked hash for the version of
    Python and the platform, and nothing that a package depends on may be missing from the lock.
    """
    return all([_fits(uv, name, platform, python) for name in LOCKS for platform in LOCKS[name] for python in PYTHONS])


def _fits(uv: list[str], name: str, platform: str, python: str) -> bool:
    from_source = [option for package in WITHOUT_WHEEL for option in ("--no-binary", package)]
    with tempfile.TemporaryDirectory() as target:
        resolved = subprocess.run(
            [
                *(*uv, "install", "--dry-run", "--target", target, "--require-hashes"),
                *("--only-binary", ":all:", *from_source),
                *("--python-version", python, "--python-platform", PLATFORMS[platform]),
                *("--requirement", REQUIREMENTS / f"{name}.txt"),
            ],
            env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": MACOS},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    count = re.search(r"^Would install (\d+) package", resolved.stderr, re.MULTILINE)
    fits = resolved.returncode == 0 and count is not None
    print(f"{name}.txt, {platform}, Python {python}: {count[1] if fits else 'error'}", flush=True)
    if not fits:
        print(resolved.stderr, file=sys.stderr, flush=True)
    return fits


def main() -> int:
    """Lock or check, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="check the locks for every machine; write nothing")
    arguments = parser.parse_args()
    with installed_uv() as uv:
        if not arguments.check:
            lock(uv)
        return 0 if not arguments.check or check(uv) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {Path(error.cmd[0]).name} failed with exit code {error.returncode}, as it says above")
