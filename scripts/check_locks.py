"""Check that each lock can be installed on every machine that it is for; `make check-lock` sets this up and runs it.

For each machine and version of Python, uv resolves the lock as it would there, so nothing that a package depends on may
be missing; and each package must have a file for that machine, with a hash that is in the lock.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

from lock_requirements import LOCKS, OLDEST_PYTHON, REQUIREMENTS

PYTHONS = (OLDEST_PYTHON, "3.12", "3.13")

GLIBC = 28
"""Minor version of the oldest glibc 2 that the locks are for, that of RHEL 8 and Debian 10."""

MACOS = (14, 0)
"""Oldest macOS that the locks are for: PyAV has no wheel for an older one."""

OLD_MANYLINUX = {"manylinux2014": 17, "manylinux2010": 12, "manylinux1": 5}
"""Former names of platforms, and the minor version of glibc that each means."""

WITHOUT_WHEEL = ("connection-pool",)
"""Packages that exist as source only: pure Python, built when they are installed."""


@dataclass(frozen=True)
class Platform:
    """An operating system and processor: its name, uv's name for it, and the values of its markers."""

    name: str
    uv: str
    sys_platform: str
    platform_system: str
    platform_machine: str

    def markers(self, python: str) -> dict[str, str]:
        """Return the values of the markers of requirements for CPython of this version, such as ``3.12``."""
        return {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "os_name": "posix",
            "sys_platform": self.sys_platform,
            "platform_system": self.platform_system,
            "platform_machine": self.platform_machine,
        }

    def tags(self) -> list[str]:
        """Return the platform tags of wheels that can be installed here."""
        if self.sys_platform == "darwin":
            return list(mac_platforms(MACOS, self.platform_machine))
        names = [f"manylinux_2_{minor}" for minor in range(5, GLIBC + 1)] + list(OLD_MANYLINUX)
        return [f"{name}_{self.platform_machine}" for name in names]


LINUX_X86 = Platform("Linux x86-64", f"x86_64-manylinux_2_{GLIBC}", "linux", "Linux", "x86_64")
LINUX_ARM = Platform("Linux aarch64", f"aarch64-manylinux_2_{GLIBC}", "linux", "Linux", "aarch64")
MAC_ARM = Platform("macOS arm64", "aarch64-apple-darwin", "darwin", "Darwin", "arm64")

PLATFORMS = {name: (LINUX_X86,) if name == "gpu" else (LINUX_X86, LINUX_ARM, MAC_ARM) for name in LOCKS}
"""The platforms that each lock is for. TensorFlow has CUDA in its wheels for Linux on x86-64 alone."""


def main() -> int:
    """Check every lock, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uv", type=Path, required=True, help="path of uv")
    uv = parser.parse_args().uv
    failed = False
    for name in LOCKS:
        files = published_files(uv, name)
        hashes = locked_hashes((REQUIREMENTS / f"{name}.txt").read_text())
        for platform, python in product(PLATFORMS[name], PYTHONS):
            machine = f"{name}.txt, {platform.name}, Python {python}"
            pins, problem = resolved(uv, name, platform, python)
            tags = wheel_tags(platform, python)
            missing = [pin for pin in pins if not has_file(files[pin], hashes[pin], tags)]
            if missing:
                problem = f"no file with a locked hash: {', '.join(missing)}"
            if problem:
                print(f"error: {machine}: {problem}", file=sys.stderr)
                failed = True
            else:
                print(f"{machine}: {len(pins)} packages", flush=True)
    return int(failed)


def published_files(uv: Path, name: str) -> dict[str, dict[str, str]]:
    """Return the files that the index has of each pin (``name==version``) of a lock: each file's sha256, by its name.

    uv writes them as a standard lock file, whichever index it is set up for.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "pylock.toml")
        options = ["--quiet", "--universal", "--no-deps", "--python-version", OLDEST_PYTHON, "--format", "pylock.toml"]
        subprocess.run(
            [uv, "pip", "compile", *options, f"{name}.txt", "--output-file", listed], cwd=REQUIREMENTS, check=True
        )
        packages = tomllib.loads(listed.read_text())["packages"]
    return {f"{package['name']}=={package['version']}": _files(package) for package in packages}


def _files(package: dict) -> dict[str, str]:
    files = package.get("wheels", [])
    if package["name"] in WITHOUT_WHEEL:
        files = [*files, package["sdist"]]
    return {file.get("name") or file["url"].rpartition("/")[2]: file["hashes"]["sha256"] for file in files}


def locked_hashes(lock_text: str) -> dict[str, set[str]]:
    """Return the sha256s of each pin (``name==version``) of a lock."""
    entries = re.findall(r"^([^\s\[=]+)(?:\[\S+\])?(==\S+)(.*(?:\n .*)*)", lock_text, re.MULTILINE)
    return {name + version: set(re.findall(r"sha256:(\w+)", rest)) for name, version, rest in entries}


def resolved(uv: Path, name: str, platform: Platform, python: str) -> tuple[list[str], str]:
    """Return the pins (``name==version``) that uv would install from a lock on a machine, and why it would not."""
    options = ["--only-binary", ":all:", *(word for package in WITHOUT_WHEEL for word in ("--no-binary", package))]
    options += ["--python-version", python, "--python-platform", platform.uv, "--require-hashes"]
    with tempfile.TemporaryDirectory() as target:
        done = subprocess.run(
            [uv, "pip", "install", "--dry-run", "--target", target, *options, "--requirement", f"{name}.txt"],
            cwd=REQUIREMENTS,
            env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, MACOS))},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    found = re.findall(r"^ \+ (\S+==\S+)$", done.stderr, re.MULTILINE)
    return found, "" if found and not done.returncode else done.stderr


def wheel_tags(platform: Platform, python: str) -> frozenset[Tag]:
    """Return the tags of the wheels that can be installed on a platform with a version of CPython."""
    version = tuple(map(int, python.split(".")))
    interpreter = f"cp{python.replace('.', '')}"
    return frozenset(
        [
            *cpython_tags(version, [interpreter], platform.tags()),
            *compatible_tags(version, interpreter, platform.tags()),
        ]
    )


def has_file(files: dict[str, str], hashes: set[str], tags: frozenset[Tag]) -> bool:
    """Return whether a package has a wheel with one of these tags, or its source, among the files with locked hashes.

    Args:
        files: the sha256 of each file of the package, by its name.
        hashes: the package's sha256s in the lock.
        tags: those of ``wheel_tags``.
    """
    trusted = [file for file, sha256 in files.items() if sha256 in hashes]
    return any(not file.endswith(".whl") or not tags.isdisjoint(parse_wheel_filename(file)[3]) for file in trusted)


if __name__ == "__main__":
    sys.exit(main())
