"""Causes of planned jobs, in words, from the reasons that Snakemake gives."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from signwild.upkeep.forecast.dry_run import PlannedJob

PARTS = {
    "forced": "Forced execution",
    "missing": "Missing output files: ",
    "incomplete": "Incomplete output files: ",
    "updated": "Updated input files: ",
    "follows": "Input files updated by another job: ",
    "inputs": "Set of input files has changed since last execution",
    "params": "Params have changed since last execution: ",
}
"""Openings of the parts of a reason (``snakemake.jobs.Reason``); ``rerun-incomplete`` forces unfinished files."""

CODE = "its code, its command or a package it computes with changed"
FOLDER = "the folder's files changed"
NEVER = "never made"
IN_THE_MAKING = "is being made right now"
GONE_OR_IN_THE_MAKING = "is being made right now, or is gone"
AGAIN = "its temporary files are needed again"
TEMPORARY = ".h5"
"""Suffix of what rules declare as temporary; no rule declares another HDF5 file."""

GONE, LABELS, INPUT = "is gone", "labels changed", "input changed"
OF_FILES = (GONE, LABELS, INPUT)
"""Causes that name a file after a colon."""

MAX_CHANGES = 2
"""Largest number of changed parameters that are named."""


def parts_of(reason: str) -> dict[str, str]:
    """Return the parts of a reason by the names of PARTS, each without its opening."""
    starts = sorted((reason.index(opening), name) for name, opening in PARTS.items() if opening in reason)
    ends = [start for start, _ in starts[1:]] + [len(reason)] * bool(starts)
    return {
        name: reason[start + len(PARTS[name]) : end].removesuffix("; ")
        for (start, name), end in zip(starts, ends, strict=True)
    }


def own_cause(job: PlannedJob, is_going_on: bool = False) -> str:
    """Return why a job runs if the cause is not in another job; empty if it is.

    ``is_going_on``: whether a run is in progress: its unfinished files are not leftovers, and Snakemake removes the
    files of a job while it runs again.
    """
    parts = parts_of(job.reason)
    missing = _files(parts.get("missing", ""))
    gone = [path for path in missing if not path.endswith(TEMPORARY)]
    if {"forced", "incomplete"} & parts.keys():
        return IN_THE_MAKING if is_going_on else "was being written when the last run ended"
    if missing and not Path(job.benchmark).is_file():
        return NEVER
    if gone:
        return f"{GONE if not is_going_on else GONE_OR_IN_THE_MAKING}: {_named(gone)}"
    if "params" in parts:
        return _changed_parameters(parts["params"])
    if changed := _files(parts.get("updated", "")):
        what = LABELS if all(_holds_labels(path) for path in changed) else INPUT
        return f"{what}: {_named(changed)}"
    if "inputs" in parts:
        return "reads other files than before"
    return "" if {"missing", "follows"} & parts.keys() else job.reason


def updated_by_others(job: PlannedJob) -> list[str]:
    """Return the inputs of a job that another job makes again."""
    return _files(parts_of(job.reason).get("follows", ""))


def missing_temporary(job: PlannedJob) -> list[str]:
    """Return the missing temporary outputs of a job, which others need."""
    return [path for path in _files(parts_of(job.reason).get("missing", "")) if path.endswith(TEMPORARY)]


def _files(text: str) -> list[str]:
    return sorted(text.split(", ")) if text else []


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    path = Path(paths[0])
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}{more}"


def _holds_labels(path: str) -> bool:
    return path.endswith((".labels.tsv", "groundtruth.txt", "labels.csv", ".eaf"))


def _changed_parameters(text: str) -> str:
    """Return what changed in parameters; ``text``: two sets of their values, before and now, as Python writes them."""
    before, now = _values(text)
    shown = list(dict.fromkeys(_changes(before, now)))
    if not shown:
        return "parameters changed"
    named = [change for change in shown if change not in (CODE, FOLDER)]
    if not named:
        return shown[0]
    more = f" and {len(named) - MAX_CHANGES} more" if len(named) > MAX_CHANGES else ""
    also = "; code too" if CODE in shown else ""
    return f"parameters changed: {', '.join(named[:MAX_CHANGES])}{more}{also}"


def _values(text: str) -> tuple[list, list]:
    """Return the values before and now; both empty if they cannot be separated."""
    text = text.partition("before: ")[2].strip()
    for match in re.finditer(" now: ", text):
        sides = [_parsed(side) for side in (text[: match.start()], text[match.end() :])]
        if None not in sides:
            return sides[0], sides[1]
    return [], []


def _parsed(text: str) -> list | None:
    if text.strip() == "<nothing exclusive>":
        return []
    try:
        return [_from_json(value) for value in ast.literal_eval(f"[{text.strip()}]")]
    except (ValueError, SyntaxError):
        return None


def _from_json(value: object) -> object:
    """Return a value with the JSON in it parsed, also if it is the argument of an option."""
    if not isinstance(value, str):
        return value
    if value.startswith("--"):
        name, *given = shlex.split(value)
        return {name.lstrip("-"): [_from_json(part) for part in given]}
    try:
        return json.loads(value) if value.startswith(("{", "[")) else value
    except ValueError:
        return value


def _changes(before: list, now: list) -> Iterator[str]:
    """Yield what changed from some values to others; a value is compared with the most similar one."""
    if any(_is_digest(value, 20) for value in now):
        yield CODE
    if any(_is_digest(value, 64) for value in now):
        yield FOLDER
    old, new = (
        [value for value in side if not (_is_digest(value, 20) or _is_digest(value, 64))] for side in (before, now)
    )
    for value in new:
        same = [other for other in old if type(other) is type(value)]
        if not same:
            continue
        closest = min(same, key=lambda other: len(list(_differences(other, value))))
        old.remove(closest)
        yield from _differences(closest, value)


def _is_digest(value: object, length: int) -> bool:
    return isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{length}}}", value) is not None


def _differences(before: object, now: object) -> Iterator[str]:
    old, new = dict(_flat(before)), dict(_flat(now))
    for place in [*new, *(place for place in old if place not in new)]:
        if old.get(place) != new.get(place):
            values = " -> ".join(_shown(side[place]) if place in side else "none" for side in (old, new))
            name = ".".join(part for part in place if isinstance(part, str))
            yield f"{name} {values}".strip()


def _flat(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield single values by their place: names of keys, and indices of list entries."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(part, (*place, key))
    elif isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        for number, part in enumerate(value):
            yield from _flat(part, (*place, number))
    else:
        yield place, value


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 30 else f"{text[:27]}..."
