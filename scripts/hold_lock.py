"""Run a program under the lock of the working folder: no run, set-up or other such program goes on beside it.

    python scripts/hold_lock.py python scripts/verify_results.py --configfile config/config.yaml

Only the standard library is needed.
"""

import sys

from signwild.base.errors import InputError
from signwild.upkeep.launch.folder_lock import become_program, folder_lock

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in {"-h", "--help"}:
        sys.exit(__doc__)
    try:
        with folder_lock() as lock:
            become_program(lock, sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")
