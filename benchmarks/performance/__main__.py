"""Run one task in this process: python -m performance TASK FOLDER OPTIONS; the last line is its cost as JSON.

With ``prepare`` as a fourth argument the task is set up but not run, which makes its input.
"""

import gc
import json
import resource
import sys
import time
from pathlib import Path

from performance.tasks import find_task


def main(task: str, folder: str, options: str, prepare: str = "") -> None:
    """Set up the task, run it, and print its seconds, its CPU seconds and its units."""
    work = find_task(task)(Path(folder), **json.loads(options))
    if prepare:
        return
    gc.collect()
    before, started = processor_seconds(), time.perf_counter()
    units = work()
    seconds, after = time.perf_counter() - started, processor_seconds()
    print(json.dumps({"seconds": seconds, "cpu_s": after - before, "units": units}))


def processor_seconds() -> float:
    """Return the CPU seconds of this process and its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main(*sys.argv[1:])
