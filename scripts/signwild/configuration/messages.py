"""Validation of user input by pydantic's models: one line for each wrong key, with its place and a hint."""

import difflib
import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from signwild.base.errors import InputError
from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training

TAGGED = {"dataset": 1, "streams": 2, "descriptors": 2, "experiments": 2}
"""Index at which pydantic inserts the kind of an entry into the place of a key."""


def validated(model: type[Parameters], raw: Any, source: str, section: str = "") -> Any:
    """Return a section of the configuration as an object; raises InputError with a line for each wrong key."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = [_describe(problem, source, section, model) for problem in error.errors()]
        raise InputError("\n".join(lines)) from None


def _describe(problem: dict, source: str, section: str, model: type[Parameters]) -> str:
    """Return one line about a wrong key: where it is, what is wrong, and what may have been meant."""
    place = _without_tags([str(part) for part in problem["loc"]])
    key = ".".join([section, *place] if section else place)
    kind = f"{source}: {key}.kind" if key else f"{source}: kind"
    source = f"{source}: {key}" if key else source
    if problem["type"] == "extra_forbidden":
        hint = near(place[-1], _all_keys(model), otherwise="; config/README.md lists the keys")
        return f"{source}: unknown key{hint}"
    if problem["type"] == "union_tag_invalid":
        kinds = re.findall(r"'([^']+)'", problem["ctx"]["expected_tags"])
        return f"{kind}: unknown kind {problem['ctx']['tag']!r}{near(problem['ctx']['tag'], kinds)}"
    if problem["type"] == "union_tag_not_found":
        source = kind
    if problem["type"] in ("missing", "union_tag_not_found"):
        return f"{source}: missing; see config/README.md for what it means"
    value = problem["input"]
    shown = f" (it is {value!r})" if not isinstance(value, dict) else ""
    return f"{source}: {problem['msg'].removeprefix('Value error, ')}{shown}"


def _without_tags(place: list[str]) -> list[str]:
    """Return the place as the user wrote it: pydantic adds the kind of a data set, stream or experiment to its key."""
    tag = TAGGED.get(place[0]) if place else None
    place = place[:tag] + place[tag + 1 :] if tag else place
    # The classifier of an experiment, and the encoder of a descriptor, have a kind too.
    return place[:3] + place[4:] if place[2:3] in (["classifier"], ["encoder"]) else place


def _all_keys(model: type[BaseModel]) -> set[str]:
    """Return all keys of a model and of the models inside it, for hints."""
    schema = model.model_json_schema()
    sections = [schema, *schema.get("$defs", {}).values()]
    keys = {key for section in sections for key in section.get("properties", {})}
    return keys | set(Network.model_fields) | set(Training.model_fields)


def near(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return a guess at a misspelt word, as the end of a message; without a guess, ``otherwise`` or all known words."""
    known = sorted(set(known) - {word})
    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if matches:
        return f"; did you mean {matches[0]!r}?"
    return f"; known: {', '.join(known)}" if otherwise is None else otherwise
