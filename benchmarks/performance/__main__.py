"""One task in this process: python -m performance TASK FOLDER OPTIONS; prints what it took, as JSON, last.

With ``prepare`` as a fourth word it is set up and not done: what it is done on is there then.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path

from performance.tasks import find_task


def main(task: str, folder: str, options: str, prepare: str = "") -> None:
    """Set the task up, do it, and print its seconds, its processors' seconds and its units."""
    work = find_task(task)(Path(folder), **json.loads(options))
    if prepare:
        return
    gc.collect()
    before, started = os.times(), time.perf_counter()
    units = work()
    seconds, after = time.perf_counter() - started, os.times()
    cpu_s = sum(after[:4]) - sum(before[:4])
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "units": units}))


if __name__ == "__main__":
    main(*sys.argv[1:])
