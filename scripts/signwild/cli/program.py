"""Shared parts of all programs: the parser, the lock, the check of the code, and the handling of errors."""

import argparse
import errno
import inspect
import os
import select
import signal
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import signwild.base.environment  # noqa: F401  before anything that loads HDF5 or TensorFlow
from signwild.base.digests import read_code_digest
from signwild.base.errors import InputError
from signwild.base.files import approved_by, is_full_disk
from signwild.base.locks import locked
from signwild.base.memory import OUT_OF_MEMORY, is_out_of_memory
from signwild.cli.signature import call, options_of

WIDTH_OF_HELP = 100

LESS_MEMORY = (
    "start again with fewer jobs at a time (CORES), or with more memory; what is computed by images needs less with a "
    "smaller hardware.feature_batch_size, and what trains networks with a smaller hardware.fits_side_by_side"
)

NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
"""Errors of files that only the user can mend."""

ANOTHER_FOLDER = "check that what is above it are folders, and that you may read and write it, or give another"

TEMPORARY = ".writing-"
"""What the names of temporary files begin with (``base.files.written_whole``)."""

STANDARD_OUTPUT = 1
"""Its number among open files."""

ENDED_BY_READER = 128 + signal.SIGPIPE
"""Exit code of a program that wrote to a pipe that nobody reads, as a shell gives it."""

NOTES = {
    "PATHS": "PATHS: the file of every shard, in one word such as 'resample/{00..50}.tsv'.",
    "JSON": "JSON: as the workflow makes it from the configuration.",
}
"""Explanations of words in the help."""


def program(description: str) -> argparse.ArgumentParser:
    """Return a parser with the module's docstring as help and the option that every program has.

    ``--code``: digest of the code that the workflow planned with. Only rules give it, so no help shows it.
    """
    name = f"python -m {_module_name()}" if _module_name() else None
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog=name, description=description, formatter_class=style)
    parser.add_argument("--code", metavar="DIGEST", help=argparse.SUPPRESS)
    return parser


def parser_of(function: Callable, description: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the program that calls ``function``, with an option for each parameter (see ``signature``).

    ``description``: the help's text, by default the first paragraph of the function's docstring. Raises KeyError for
    a parameter that ``options.HELP`` does not describe.
    """
    options = options_of(function)
    if description is None:
        description = inspect.getdoc(function).partition("\n\n")[0]
        for option in options:
            description = description.replace(f"``{option.name}``", f"--{option.word}")
        description = textwrap.fill(description.replace("``", "`"), WIDTH_OF_HELP)
    parser = program(description)
    for option in options:
        option.add_to(parser)
    notes = [text for metavar, text in NOTES.items() if any(option.metavar == metavar for option in options)]
    parser.epilog = textwrap.fill(" ".join(notes), WIDTH_OF_HELP)
    return parser


def run_function(function: Callable, lock: str | None = None, description: str | None = None) -> None:
    """Run the program of a function: call it with what the command line gives, see ``parser_of`` and ``run``.

    ``lock``: the parameter that holds the path of the main output.
    """
    run(parser_of(function, description), partial(call, function), output=lock)


def run(parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], None], output: str | None = None) -> None:
    """Parse the command line and do the work; bad input becomes one line on stderr and exit code 1.

    ``output`` names the argument that holds the path of the main output. A lock beside it keeps a job that
    outlived its controller and a job of the next start from writing at the same time. No file is moved into place
    once the code differs from the code that the job was started with.
    """
    arguments = parser.parse_args(_words())
    # A job that is told to end cleans up like one that fails.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: told to end; start again to continue"))
    try:
        check = partial(check_code, arguments.code)
        check()
        lock = locked(Path(getattr(arguments, output))) if output else nullcontext()
        with _with_a_reader(), lock, approved_by(check):
            work(arguments)
        check()
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("error: stopped; start again to continue")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NOT_ALLOWED and error.filename:
            sys.exit(f"error: {_place(error)}: cannot be read or written ({error.strerror}); {ANOTHER_FOLDER}")
        if is_out_of_memory(error):
            traceback.print_exc()
            sys.exit(f"error: {OUT_OF_MEMORY}; {LESS_MEMORY}")
        if not is_full_disk(error):
            raise
        place = getattr(error, "filename", None) or "a file"
        print(
            f"error: {place}: {os.strerror(errno.ENOSPC)}; free some space and start again, nothing is lost",
            file=sys.stderr,
        )
        # Not sys.exit: HDF5 would try to close the file that it could not write, and crash (store.new_hdf5).
        sys.stderr.flush()
        os._exit(1)


@contextmanager
def _with_a_reader() -> Iterator[None]:
    """End the program in silence once nobody reads its output any more, as behind ``| head``; errors are still said."""
    try:
        yield
        if sys.stdout:  # none where a program was started without one
            sys.stdout.flush()
    except (BrokenPipeError, SystemExit, InputError) as error:
        output = select.poll()
        output.register(STANDARD_OUTPUT, 0)
        if any(event & (select.POLLERR | select.POLLHUP) for _, event in output.poll(0)):
            # What is still to be written goes nowhere: Python would try it again at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), STANDARD_OUTPUT)
            if isinstance(error, BrokenPipeError):
                sys.exit(ENDED_BY_READER)
        raise


def _place(error: OSError) -> Path:
    """Return the file or folder that an error is about; of a temporary file its folder, as no user knows its name."""
    path = Path(os.fsdecode(error.filename))
    return path.parent if path.name.startswith(TEMPORARY) else path


def _words() -> list[str]:
    """Return the command line; names of files that begin with a dash, as some YouTube ids do, are not options."""
    # Path.exists would fail on a word that is too long for a file name.
    return [f"./{word}" if word.startswith("-") and os.path.exists(word) else word for word in sys.argv[1:]]  # noqa: PTH110


def check_code(expected: str | None) -> None:
    """Raise InputError if this program's code is not the code that the workflow planned with."""
    name = _module_name() or Path(sys.argv[0]).stem
    if expected and expected != _present_code(name):
        raise InputError(
            f"{name.rpartition('.')[2]}: its code, or a package that it computes with, was changed while the workflow "
            "ran; start the workflow again"
        )


def _module_name() -> str | None:
    """Return the dotted name of the module that `python -m` runs, if it does."""
    # Imported late, as it is another module in each process.
    import __main__

    spec = getattr(__main__, "__spec__", None)
    return spec.name if spec else None


def _present_code(name: str) -> str | None:
    """Return the program's current digest, or None if its code is half-edited: invalid Python, or a missing file."""
    try:
        return read_code_digest(name)
    except (SyntaxError, FileNotFoundError):
        return None
