"""Run the workflow for a configuration, as make's targets do.

It is checked first; a run that was killed is continued. One run, or set-up, works in a folder at a time.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.exported.folder import STARTER
from signwild.upkeep.launch import runs
from signwild.upkeep.launch.folder_lock import folder_lock
from signwild.upkeep.launch.snakemake_runs import Where

Target = Literal["run", "export", "adapt", "starter", "retry-downloads"]


def run_workflow(
    target: Target,
    /,
    configfile: Path | None = None,
    cores: int = 1,
    profile: str = "",
    model: Path = STARTER,
    clips_dir: Path | None = None,
    status: Sequence[str] = (),
) -> None:
    """Run the workflow for a configuration, as the target of make with this name does.

    ``configfile``: for all but ``starter``, which has ``clips_dir``. ``model``: for ``adapt``; ``status``: for
    ``retry-downloads``. Raises InputError for bad input, SystemExit if Snakemake fails.
    """
    where = Where(cores, profile)
    with folder_lock():
        if target == "starter":
            runs.train_starter(_given(clips_dir, "no CLIPS: make starter CLIPS=folder"), where)
            return
        given = _given(configfile, f"no CONFIG: make {target} CONFIG=config/mine.yaml")
        if target == "run":
            runs.run_workflow(given, where)
        elif target == "export":
            runs.export_detector(given, where)
        elif target == "adapt":
            runs.adapt_detector(given, model, where)
        else:
            runs.retry_downloads(given, list(status), where)


def _given(path: Path | None, message: str) -> Path:
    if path is None:
        raise InputError(message)
    return path


if __name__ == "__main__":
    run_function(run_workflow)
