"""What every program shares: its parser, its lock, its check of the code, and its way to fail."""

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
"""What file systems answer that do not lock, as some of clusters."""


def program(description: str) -> argparse.ArgumentParser:
    """A parser with the module's docstring as help and the option that every program has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", help="digest of the code that the workflow planned with; other code refuses to run")
    return parser


def run(parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], None], output: str | None = None) -> None:
    """Parse the command line and do the work; bad input becomes one line on stderr and exit code 1.

    ``output`` names the argument that holds the main output's path. A lock beside it keeps a job that
    outlived its controller and the next start's job from writing together. No file takes its place once the code
    is another than that which the job was started with.
    """
    arguments = parser.parse_args(_words())
    # A job that is asked to end cleans up like one that fails.
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
        # Not sys.exit: HDF5 would close the file that it could not write, and crash in that (store.new_hdf5).
        sys.stderr.flush()
        os._exit(1)


def _words() -> list[str]:
    """The command line; a file or folder whose name begins with a dash, as some YouTube ids do, is no option."""
    # Path.exists would fail on a word that is too long for a name.
    return [f"./{word}" if word.startswith("-") and os.path.exists(word) else word for word in sys.argv[1:]]  # noqa: PTH110


def check_code(expected: str | None) -> None:
    """Refuse to go on when this program's code is not the code that the workflow planned with."""
    name = Path(sys.argv[0]).stem
    if expected and expected != _present_code(name):
        raise InputError(
            f"{name}: its code, or a package that it computes with, was changed while the workflow ran; "
            "start the workflow again"
        )


def _present_code(name: str) -> str | None:
    """The program's digest now; None where its code is half-finished: no longer Python, or without a file."""
    try:
        return read_code_digest(name)
    except (SyntaxError, FileNotFoundError):
        return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A soft lock in its place would outlive a killed job, and be waited for without end.
    lock = FileLock(path.parent / f".{path.name}.lock", fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"waiting for another process that is writing {path}", file=sys.stderr)
        lock.acquire()
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        # Files are renamed into place whole, so that two writers waste time, and spoil nothing.
        print(f"{path.parent}: this file system has no locks ({error}); going on without", file=sys.stderr)
    try:
        yield
    finally:
        lock.release()
