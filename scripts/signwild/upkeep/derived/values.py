"""A configuration that differs from another in some values."""

import copy
from pathlib import Path
from typing import Any

import yaml

from signwild.base.errors import InputError
from signwild.base.files import write_text


def split_change(text: str) -> tuple[str, str]:
    """Split ``KEY=VALUE`` into a dotted key such as ``segments.folds`` and its unparsed value; raises InputError."""
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise InputError(f"{text!r}: is not of the form KEY=VALUE, such as segments.folds=3")
    return key, value


def read_change(text: str) -> tuple[str, Any]:
    """Split ``KEY=VALUE`` as ``split_change`` does, and read the value as YAML; raises InputError."""
    key, value = split_change(text)
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise InputError(f"{key}: {value!r} is not a value in YAML: {' '.join(str(error).split())}") from None


def with_changes(content: dict, changes: dict[str, Any]) -> dict:
    """Return a copy of a configuration with other values at dotted keys; missing sections are added."""
    changed = copy.deepcopy(content)
    for key, value in changes.items():
        *sections, name = key.split(".")
        place = changed
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise InputError(f"{key}: {section} is a value, not a section, so it has no {name}")
        place[name] = value
    return changed


def write_configuration(content: dict, origin: str, path: Path) -> None:
    """Write a configuration as YAML, with a first line that states what it was made from."""
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    write_text(path, f"# Made of {origin}: edit that, not this.\n\n{text}")
