"""List files in the store and the run folders that no current configuration refers to; --remove removes them."""

from itertools import groupby
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.terminal import columns, duration, size
from signwild.cli.program import run_function
from signwild.plan.run import read_plan
from signwild.upkeep.cleaning.stale import Stale, find_stale, read_runs, remove_stale
from signwild.upkeep.launch.killed_run import is_locked

RESULTS = Path("results")
COLUMNS = ["what", "files", "size", "made in"]


def clean_stale(configfile: Path | None = None, remove: bool = False) -> None:
    """List files in the store and the run folders that no current configuration refers to; --remove removes them.

    ``configfile``: a configuration that takes the place of its run's own.
    """
    # A killed run may have jobs left that still write.
    if is_locked():
        raise InputError(
            "a run was killed, or goes on outside make: let it finish first, by the target that began it (make run, or "
            "make adapt after make adapt)"
        )
    plans, unknown = read_runs(RESULTS, read_plan(configfile) if configfile else None)
    stale, reasons = find_stale(plans, unknown, RESULTS)
    for reason in reasons:
        print(reason)
    if reasons:
        print(
            "So nothing of results/store counts as stale. Finish these runs by the target that began them (make run, "
            "or make adapt after make adapt), or delete their folders in results/ if you do not want them.\n"
        )
    if not stale:
        looked_at = [*(RESULTS / plan.run for plan in plans), *([] if reasons else [RESULTS / "store"])]
        print(f"Nothing is stale in {', '.join(map(str, looked_at)) or 'any run that is known'}.")
        return
    print_table(stale)
    if remove:
        print(f"\nRemoved; {size(remove_stale(stale, RESULTS))} came free.")
    else:
        print("\nNothing was removed: `make clean-stale REMOVE=yes` does that.")


def print_table(stale: list[Stale]) -> None:
    """Print a line for each stage of the store, each folder that is stale as a whole, and each other file."""
    rows = []
    for what, items in groupby(sorted(stale, key=lambda item: str(item.whole)), key=lambda item: item.whole):
        rows.append(row(str(what), list(items)))
    rows.append(row("total", stale))
    print("\n".join(columns([COLUMNS, *rows], right={1, 2})))


def row(what: str, items: list[Stale]) -> list[str]:
    """Return a line of the table."""
    seconds = sum(item.seconds for item in items)
    return [what, f"{len(items):,}", size(sum(item.size for item in items)), duration(seconds) if seconds else "-"]


if __name__ == "__main__":
    run_function(clean_stale)
