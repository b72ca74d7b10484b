"""The plan of a run whose configuration and files were checked; one configuration is read and checked once a process.

The launcher checks it, and Snakemake, in forks of the launcher, gets the same plan.
"""

import copy
from pathlib import Path

from signwild.configuration.settings import load_settings, read_yaml
from signwild.plan.run import SHIPPED_EXPERIMENTS, Plan

_CHECKED: dict[Path, tuple[dict, Plan]] = {}
"""Configurations of this process, as read, with their plans, by file."""


def read_checked_plan(configfile: Path) -> Plan:
    """Return the plan of a configuration file, checked with the files that it names; raises InputError."""
    return checked_plan(read_yaml(configfile), str(configfile))


def checked_plan(raw: dict, source: str) -> Plan:
    """Return the plan of a configuration, checked with the files that it names; raises InputError.

    ``raw``: as read from the file ``source``, which messages name.
    """
    path = Path(source).absolute()
    known = _CHECKED.get(path)
    if known is None or known[0] != raw:
        plan = Plan(load_settings(raw, source, SHIPPED_EXPERIMENTS))
        plan.check_files(source)
        _CHECKED[path] = known = (copy.deepcopy(raw), plan)
    return known[1]
