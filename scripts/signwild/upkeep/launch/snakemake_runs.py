"""Runs of Snakemake, each in a fork of this process, which has read the configuration and all libraries already.

The project's modules, pandas and Snakemake take longer to import than an unchanged run takes to check; in a fork each
of them is imported once for all runs of Snakemake that a start consists of.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from snakemake.cli import main

from signwild.base.errors import InputError

QUIET = ("--quiet", "host", "progress", "--")
"""Options of a run in which only what it does is of interest; ``--`` ends them, and targets follow."""

PROFILES = Path("profiles")


@dataclass(frozen=True)
class Where:
    """Where the jobs of a run work: on this machine, or on a cluster whose profile says how many run at a time.

    ``cores``: processor cores that a run on this machine may use, 1 or more. ``profile``: a folder in profiles/, or
    empty. Raises InputError if there is no such profile, or no core.
    """

    cores: int
    profile: str = ""

    def __post_init__(self) -> None:
        if self.profile and not self.profile_file.is_file():
            raise InputError(f'no profile "{self.profile}": there is no {self.profile_file}')
        if self.cores < 1:
            raise InputError(f"CORES is {self.cores}; give the number of processor cores, 1 or more")

    @property
    def profile_file(self) -> Path:
        """Return the file of the cluster's profile."""
        return PROFILES / self.profile / "profile.yaml"

    @property
    def options(self) -> list[str]:
        """Return the options of Snakemake's command line."""
        return ["--workflow-profile", str(PROFILES / self.profile)] if self.profile else ["--cores", str(self.cores)]


def run_snakemake(configfile: Path, *options: str) -> None:
    """Run Snakemake in the working folder, and wait until it has ended.

    ``options``: its command line, with targets last, after ``--``. It has said on stderr what is wrong if it fails;
    then SystemExit is raised with its exit code. A signal to end is passed on to it.
    """
    arguments = ["--configfile", str(configfile), *options]
    run = get_context("fork").Process(target=_be_snakemake, args=(arguments,), name="snakemake")
    run.start()
    with _left_to(run):
        run.join()
    if run.exitcode:
        sys.exit(run.exitcode if run.exitcode > 0 else 128 - run.exitcode)


def _be_snakemake(arguments: list[str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv = ["snakemake", *arguments]
    main(arguments)


@contextmanager
def _left_to(run: BaseProcess) -> Iterator[None]:
    """Leave signals to end to another process: it ends its jobs, and this one waits for it."""
    # Ctrl-C reaches both processes.
    earlier = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    earlier[signal.SIGTERM] = signal.signal(signal.SIGTERM, lambda *_: run.terminate())
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
