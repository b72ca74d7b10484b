"""A configuration that differs from another in some values."""

import copy
from pathlib import Path
from typing import Any

import yaml

from signwild.base.errors import InputError
from signwild.base.files import write_text


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
