"""The system that made a run: code, versions, machine."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from signwild.base.digests import file_sha256
from signwild.base.project import PROJECT

PACKAGES = {
    "TensorFlow": ("tensorflow", "tensorflow-cpu"),
    "Keras": ("keras",),
    "OpenCV": ("opencv-contrib-python-headless",),
    "scikit-learn": ("scikit-learn",),
    "Snakemake": ("snakemake",),
    "yt-dlp": ("yt-dlp",),
}
"""Packages that the report names, and the distributions that may contain them."""


@dataclass(frozen=True)
class System:
    """Code, versions and machine.

    ``commit`` is empty outside a git repository. ``clean``: whether all tracked files match the commit; untracked files
    are ignored.
    ``lock``: the lock file of this environment, and ``lock_sha256`` its digest. ``gpu`` is empty if there is none.
    """

    commit: str
    clean: bool
    versions: dict[str, str]
    lock: str
    lock_sha256: str
    cpu: str
    cores: int
    gpu: str
    written: str


def describe_system() -> System:
    """Return the current state of this project, environment and machine."""
    # The project may be inside another repository, whose commit does not describe it.
    top = _output("git", "-C", str(PROJECT), "rev-parse", "--show-toplevel")
    inside = bool(top) and Path(top) == PROJECT
    lock = f"requirements/{'gpu' if _installed('nvidia-cudnn-cu12') else 'cpu'}.txt"
    found = {name: next(filter(None, map(_installed, holders)), "") for name, holders in PACKAGES.items()}
    return System(
        commit=_output("git", "-C", str(PROJECT), "rev-parse", "HEAD") if inside else "",
        clean=inside and not _output("git", "-C", str(PROJECT), "status", "--porcelain", "--untracked-files=no"),
        versions={"Python": platform.python_version()} | {name: number for name, number in found.items() if number},
        lock=lock,
        lock_sha256=file_sha256(PROJECT / lock),
        cpu=_cpu_name(),
        cores=os.cpu_count() or 1,
        gpu=", ".join(_output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()),
        written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _output(*command: str) -> str:
    """Return what a command prints; nothing if it is missing or fails."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
