"""Sweeps: one entry of the experiments file that stands for an experiment per value, and one row for all of them."""

import copy
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from signwild.base.errors import InputError

VALUE = "{value}"
"""Text in a row's label that the value replaces."""

EXAMPLE = "such as {network.dropout: [0.1, 0.2]}"


def expand_sweeps(content: dict, path: Path) -> dict:
    """Replace each entry with a ``sweep`` by an experiment per value, and each row on such an entry by a row per value.

    ``content``: the experiments file as read from ``path``. ``dropout: {sweep: {network.dropout: [0.1, 0.2]}}``
    becomes the experiments ``dropout_0_1`` and ``dropout_0_2``; a row on ``dropout`` becomes one on each, with the
    value in place of ``VALUE`` in its label. Raises InputError if a sweep names no key and values, or a name is taken.
    """
    experiments = content.get("experiments")
    if not isinstance(experiments, dict):
        return content
    expanded: dict[str, Any] = {}
    names: dict[str, dict[str, Any]] = {}
    for name, entry in experiments.items():
        if isinstance(entry, dict) and "sweep" in entry:
            names[name], single = _experiments(f"{path}: experiments.{name}.sweep", name, entry)
        else:
            single = {name: entry}
        for taken in single.keys() & (experiments.keys() - {name} | expanded.keys()):
            raise InputError(f"{path}: experiments.{name}: there is an experiment {taken!r} already; rename one")
        expanded |= single
    tables = content.get("tables")
    if isinstance(tables, dict):
        tables = {name: _with_rows(f"{path}: tables.{name}", table, names) for name, table in tables.items()}
    return {**content, "experiments": expanded, "tables": tables}


def _experiments(place: str, name: str, entry: dict) -> tuple[dict[str, Any], dict[str, dict]]:
    """Return the values by the name of their experiment, and the experiments by name."""
    sweep = entry["sweep"]
    (key, values), *others = sweep.items() if isinstance(sweep, dict) and sweep else [(None, None)]
    if others or not isinstance(key, str) or not isinstance(values, list) or not values:
        raise InputError(f"{place}: name one key and its values, {EXAMPLE}")
    by_name = {f"{name}_{re.sub('[^A-Za-z0-9]', '_', str(value))}": value for value in values}
    if len(by_name) < len(values):
        raise InputError(f"{place}: two of the values {values} would get the same name; give each value once")
    rest = {part: value for part, value in entry.items() if part != "sweep"}
    return by_name, {new: _with_value(place, rest, key.split("."), value) for new, value in by_name.items()}


def _with_value(place: str, entry: dict, key: Iterable[str], value: Any) -> dict:
    entry = copy.deepcopy(entry)
    *sections, last = key
    inner = entry
    for section in sections:
        inner = inner.setdefault(section, {})
        if not isinstance(inner, dict):
            raise InputError(f"{place}: {section} has no keys")
    if last in inner:
        raise InputError(f"{place}: {last} has a value beside the sweep; leave it out")
    inner[last] = value
    return entry


def _with_rows(place: str, table: Any, names: dict[str, dict[str, Any]]) -> Any:
    if not isinstance(table, dict) or not isinstance(table.get("rows"), list):
        return table
    rows = []
    for row in table["rows"]:
        named = row.get("experiment") if isinstance(row, dict) else None
        values = names.get(named) if isinstance(named, str) else None
        if values is None:
            rows.append(row)
            continue
        label = row.get("label")
        if not isinstance(label, str) or VALUE not in label:
            raise InputError(f"{place}.rows: {row['experiment']!r} is a sweep; its label needs {VALUE}")
        rows += [
            {**row, "label": label.replace(VALUE, str(value)), "experiment": name} for name, value in values.items()
        ]
    return {**table, "rows": rows}
