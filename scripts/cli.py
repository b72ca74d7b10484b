"""Shared parts of all programs: the parser, the lock, the check of the code, and the handling of errors."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from signwild.base.digests import read_code_digest
from signwild.base.errors import InputError
from signwild.base.files import approved_by, is_full_disk

NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""Errors of file systems that do not support locks, such as some on clusters."""


def program(description: str) -> argparse.ArgumentParser:
    """Return a parser with the module's docstring as help and the option that every program has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", help="digest of the code that the workflow planned with; other code refuses to run")
    return parser


def run(parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], None], output: str | None = None) -> None:
    """Parse the command line and do the work; bad input becomes one line on stderr and exit code 1.

    ``output`` names the argument that holds the path of the main output. A lock beside it keeps a job that
    outlived its controller and a job of the next start from writing at the same time. No file is moved into place
    once the code differs from the code that the job was started with.
    """
    arguments = parser.parse_args(_words())
    # A job that is told to end cleans up like one that fails.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: asked to end; start again to go on"))
    try:
        check = partial(check_code, arguments.code)
        check()
        lock = _locked(Path(getattr(arguments, output))) if output else nullcontext()
        with lock, approved_by(check):
            work(arguments)
        check()
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("error: stopped; start again to go on")
    except Exception as error:
        if not is_full_disk(error):
            raise
        place = getattr(error, "filename", None) or "a file"
        print(
            f"error: {place}: {os.strerror(errno.ENOSPC)}; make room and start again, nothing is lost", file=sys.stderr
        )
        # Not sys.exit: HDF5 would try to close the file that it could not write, and crash (store.new_hdf5).
        sys.stderr.flush()
        os._exit(1)


def _words() -> list[str]:
    """Return the command line; names of files that begin with a dash, as some YouTube ids do, are not options."""
    # Path.exists would fail on a word that is too long for a file name.
    return [f"./{word}" if word.startswith("-") and os.path.exists(word) else word for word in sys.argv[1:]]  # noqa: PTH110


def check_code(expected: str | None) -> None:
    """Raise InputError if this program's code is not the code that the workflow planned with."""
    name = Path(sys.argv[0]).stem
    if expected and expected != _present_code(name):
        raise InputError(
            f"{name}: its code, or a package that it computes with, was changed while the workflow ran; "
            "start the workflow again"
        )


def _present_code(name: str) -> str | None:
    """Return the program's current digest, or None if its code is half-edited: invalid Python, or a missing file."""
    try:
        return read_code_digest(name)
    except (SyntaxError, FileNotFoundError):
        return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A soft lock would outlive a killed job, and other jobs would wait for it forever.
    lock = FileLock(path.parent / f".{path.name}.lock", fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"waiting for another process that is writing {path}", file=sys.stderr)
        lock.acquire()
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        # Complete files are renamed into place, so two writers waste time but spoil nothing.
        print(f"{path.parent}: this file system has no locks ({error}); going on without", file=sys.stderr)
    try:
        yield
    finally:
        lock.release()
