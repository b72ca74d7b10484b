"""Runs of Snakemake, each in a fork of this process, which has read the configuration and all libraries already.

The project's modules, pandas and Snakemake take longer to import than an unchanged run takes to check; in a fork each
of them is imported once for all runs of Snakemake that a start consists of.
"""

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from snakemake.cli import main

from signwild.base.errors import InputError
from signwild.upkeep.forecast.machine import check_cores
from signwild.upkeep.job_events import logger_options, read_job_events
from signwild.upkeep.launch.failed_jobs import failure_in_words

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
        check_cores(self.cores)

    @property
    def profile_file(self) -> Path:
        """Return the file of the cluster's profile."""
        return PROFILES / self.profile / "profile.yaml"

    @property
    def options(self) -> list[str]:
        """Return the options of Snakemake's command line."""
        return ["--workflow-profile", str(PROFILES / self.profile)] if self.profile else ["--cores", str(self.cores)]


def run_snakemake(configfile: Path, *options: str) -> bool:
    """Run Snakemake in the working folder, and wait until it has ended; return whether there was anything to do.

    ``options``: its command line, with targets last, after ``--``. It has said on stderr what is wrong if it fails, and
    the last lines there describe the jobs that failed; then SystemExit is raised with its exit code. A signal to end is
    passed on to it.
    """
    with tempfile.TemporaryDirectory(prefix="signwild-") as folder:
        reported = Path(folder) / "jobs.jsonl"
        arguments = ["--configfile", str(configfile), *logger_options(reported), *options]
        # On macOS a fork of a process with threads is not safe.
        method = "spawn" if sys.platform == "darwin" else "fork"
        run = get_context(method).Process(target=_be_snakemake, args=(arguments,), name="snakemake")
        with _signals_left_to(run) as received:
            run.start()
            run.join()
        events = read_job_events(reported)
    if run.exitcode:
        if events.failed and not received:
            print("", *failure_in_words(events.failed), sep="\n", file=sys.stderr)
        sys.exit(run.exitcode if run.exitcode > 0 else 128 - run.exitcode)
    if received:
        sys.exit(128 + received[0])
    return bool(events.jobs)


def _be_snakemake(arguments: list[str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["snakemake", *arguments]
    main(arguments)


@contextmanager
def _signals_left_to(run: BaseProcess) -> Iterator[list[int]]:
    """Leave signals to end to another process, which ends its jobs first; yield the list of those that came."""
    received: list[int] = []

    def pass_on(number: int, _: object) -> None:
        received.append(number)
        # Ctrl-C reaches both processes.
        if number == signal.SIGTERM and run.pid:
            run.terminate()

    earlier = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
