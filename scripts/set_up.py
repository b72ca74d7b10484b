"""Install the packages of a lock in .venv, for make; the stamp, an empty file in .venv, is written last.

    python3 scripts/set_up.py requirements/cpu.txt STAMP             a new .venv
    python3 scripts/set_up.py requirements/dev.txt STAMP --add       more packages in the .venv that is there

A changed lock, or an installation that was interrupted, has no stamp, and is installed again. Only the standard library
is needed.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from signwild.base.errors import InputError
from signwild.upkeep.launch.folder_lock import folder_lock

VENV = Path(".venv")


def set_up(lock: Path, stamp: Path, add: bool) -> None:
    """Install what ``lock`` names, in a new .venv unless ``add``; the packages' hashes are checked."""
    kind = stamp.name.removeprefix(".").split("-")[0]
    if not add:
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    for other in VENV.glob(f".{kind}-*"):
        other.unlink()
    pip = [VENV / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", lock], check=True)
    stamp.touch()


def main() -> None:
    """Read the command line, and install."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lock", type=Path, help="file of exact versions with hashes")
    parser.add_argument("stamp", type=Path, help="file to write when all is installed")
    parser.add_argument("--add", action="store_true", help="add to the .venv that is there")
    args = parser.parse_args()
    try:
        with folder_lock():
            if not args.stamp.exists():  # another make may have done it meanwhile
                set_up(args.lock, args.stamp, args.add)
    except InputError as error:
        sys.exit(f"error: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {args.lock} is not installed: {error}; start again once this is mended")


if __name__ == "__main__":
    main()
