"""Install the packages of a lock in .venv, for make; a stamp, an empty file in .venv, is written last.

    python3 scripts/set_up.py requirements/cpu.txt .venv/.cpu-KIND-DIGEST           a new .venv
    python3 scripts/set_up.py requirements/dev.txt .venv/.dev-KIND-DIGEST --add     more packages in the same .venv
    python3 scripts/set_up.py --kind                                                print the kind of this Python

The stamp's name says what was installed, for which Python on which machine: its kind, such as
cpython-311-Linux-x86_64. An installation that was interrupted has no stamp, and is made again. Nothing but the
standard library is needed.
"""

import argparse
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from signwild.base.errors import InputError
from signwild.upkeep.launch.folder_lock import folder_lock

VENV = Path(".venv")
PYTHONS = ((3, 11), (3, 13))
"""The oldest and the newest Python that the locks are for."""


def kind() -> str:
    """Return what an environment depends on besides the lock: Python's version, the system, and the processor."""
    return "-".join((sys.implementation.cache_tag, platform.system(), platform.machine()))


def set_up(lock: Path, stamp: Path, add: bool) -> None:
    """Install what ``lock`` names, in a new .venv unless ``add``; the packages' hashes are checked."""
    if not add:
        # The interpreter itself, where this one is of the .venv that goes.
        python = getattr(sys, "_base_executable", sys.executable)
        if VENV.is_symlink():
            VENV.unlink()
        elif VENV.exists():
            shutil.rmtree(VENV)
        subprocess.run([python, "-m", "venv", str(VENV)], check=True)
    for other in VENV.glob(f"{stamp.name.partition('-')[0]}-*"):
        other.unlink()
    pip = [str(VENV / "bin/python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(lock)], check=True)
    stamp.touch()


def is_set_up(stamp: Path) -> bool:
    """Return whether the stamp is there, and the .venv's Python still works: it may be a link to one that is gone."""
    command = [str(VENV / "bin/python"), "-c", ""]
    try:
        return stamp.exists() and subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def main() -> None:
    """Read the command line, and install."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lock", type=Path, nargs="?", help="file of exact versions with hashes")
    parser.add_argument("stamp", nargs="?", help="file to write at the end; KIND in it becomes this Python's kind")
    parser.add_argument("--add", action="store_true", help="add to the .venv that is there")
    parser.add_argument("--kind", action="store_true", help="print the kind of this Python")
    args = parser.parse_args()
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        sys.exit(f"error: this is Python {platform.python_version()}; Python 3.11, 3.12 or 3.13 is needed")
    if args.kind:
        print(kind())
        return
    if args.stamp is None:
        parser.error("name a lock and a stamp, or --kind")
    stamp = Path(args.stamp.replace("KIND", kind()))
    try:
        with folder_lock():
            if not is_set_up(stamp):  # another make may have done it meanwhile
                set_up(args.lock, stamp, args.add)
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("error: stopped; start again to continue")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {args.lock} is not installed: `{' '.join(error.cmd)}` failed, see above; then start again")
    except OSError as error:
        sys.exit(f"error: {args.lock} is not installed: {error}; then start again")


if __name__ == "__main__":
    main()
