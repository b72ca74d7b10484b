"""The commands that start runs."""

import shlex
from pathlib import Path

from signwild.base.project import PROJECT

SHIPPED = {PROJECT / "config/config.yaml": "make demo", PROJECT / "config/paper.yaml": "make reproduce"}
"""Targets that start the run of a configuration that comes with the project."""


def run_command(configfile: Path | str | None) -> str:
    """Return the command that starts the run of a configuration, quoted for a shell; None stands for the demo's."""
    if configfile is None:
        return "make demo"
    return SHIPPED.get(Path(configfile).resolve(), f"make run CONFIG={shlex.quote(str(configfile))}")
