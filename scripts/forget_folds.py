"""Forget a run's frozen folds, so its next start assigns all videos from scratch."""

from pathlib import Path

from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.plan.run import read_plan


def forget_folds(configfile: Path) -> None:
    """Forget a run's frozen folds, so its next start assigns all videos from scratch.

    The table of folds is removed too, as the workflow would find it up to date.
    """
    results = Path("results") / read_plan(configfile).run
    frozen = results / "frozen_folds.tsv"
    if not frozen.exists():
        raise InputError(f"{frozen}: no such file; this run has no folds to forget")
    for path in (frozen, results / "segments/folds.tsv"):
        path.unlink(missing_ok=True)
    print(f"The folds in {results} are forgotten; the next run assigns them again.")


if __name__ == "__main__":
    run_function(forget_folds)
