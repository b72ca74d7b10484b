"""A parser of the command line from a function's signature: a parameter is an option of the same name.

=========================  ===========================================================================================
annotation                 on the command line
=========================  ===========================================================================================
str, int, float, Path      a word; the empty word is None where that is allowed, so a rule can pass an empty value
bool                       a flag, False without it
Literal                    one of these words
list of one of these       words; an option that is repeated adds to them
Annotated with a function  a word, which the function reads
anything else              JSON, which pydantic validates: a section of the configuration, or a list or dict of them
=========================  ===========================================================================================

A parameter with a default, or that may be None, is optional. Positional-only parameters are arguments without a name.
"""

import argparse
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from signwild.base.errors import InputError
from signwild.cli.options import HELP

WORDS = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH"}
"""Types that are read from one word, and what the help calls such a word."""

MOST_FAULTS = 3
"""Faults of a JSON text that an error names, at most."""


@dataclass(frozen=True)
class Option:
    """An option of a program: the parameter's name, its type without None, its default, and whether it has a name."""

    name: str
    kind: Any
    default: Any
    is_positional: bool

    @property
    def word(self) -> str:
        """Name on the command line, without dashes before it."""
        return self.name.replace("_", "-")

    @property
    def is_required(self) -> bool:
        """Whether the command line must have it."""
        return self.default is inspect.Parameter.empty

    @property
    def is_list(self) -> bool:
        """Whether it takes several words."""
        item = _item(self.kind)
        return get_origin(self.kind) in (list, Sequence) and (item in WORDS or get_origin(item) is Literal)

    @property
    def item(self) -> Any:
        """Type of one word."""
        return _item(self.kind) if self.is_list else self.kind

    @property
    def metavar(self) -> str | None:
        """Name of a word in the help; None for a flag, and where the words themselves are shown."""
        if self.kind is bool or get_origin(self.item) is Literal:
            return None
        if self.is_positional:
            return self.name.upper()
        if _reader(self.item):
            return "PATHS"
        # PositiveInt and the like are numbers.
        is_bounded = get_origin(self.item) is Annotated
        return WORDS.get(get_args(self.item)[0] if is_bounded else self.item, "JSON")

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add the option to a parser; raises KeyError if HELP lacks it."""
        name = self.name if self.is_positional else f"--{self.word}"
        settings: dict[str, Any] = {"help": self._help()}
        if not self.is_positional:
            settings |= {"dest": self.name}
        if self.kind is bool:
            parser.add_argument(name, action="store_true", **settings)
            return
        if get_origin(self.item) is Literal:
            settings |= {"choices": get_args(self.item)}
        else:
            settings |= {"metavar": self.metavar, "type": self.item if self.item in (int, float) else str}
        if not self.is_positional:
            settings |= {"required": self.is_required}
        if not self.is_required:
            settings |= {"default": self.default}
        if self.is_list:
            settings |= {"nargs": "+" if self.is_required else "*"}
            settings |= {} if self.is_positional else {"action": "extend"}
            settings |= {} if self.is_required else {"default": list(self.default or [])}
        parser.add_argument(name, **settings)

    def _help(self) -> str:
        text = HELP[self.name]
        has_default = not self.is_required and not _is_nothing(self.default) and "default" not in text
        return (f"{text} (default: {self.default})" if has_default else text).replace("%", "%%")

    def value(self, parsed: Any) -> Any:
        """Return the function's argument from what the parser returned; raises InputError for bad JSON."""
        if not isinstance(parsed, str | list) or (parsed is self.default and not self.is_required):
            return parsed
        if self.is_list:
            return [Path(word) for word in parsed] if _item(self.kind) is Path else parsed
        if parsed == "" and self.default is None:
            return None
        if reader := _reader(self.kind):
            return reader(parsed)
        if self.kind is Path:
            return Path(parsed)
        return parsed if self.kind is str or get_origin(self.kind) is Literal else self._from_json(parsed)

    def _from_json(self, text: str) -> Any:
        try:
            return TypeAdapter(self.kind).validate_json(text)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False)[:MOST_FAULTS]
            lines = [": ".join([*filter(None, [".".join(map(str, one["loc"]))]), one["msg"]]) for one in faults]
            more = f" and {error.error_count() - MOST_FAULTS} more" if error.error_count() > MOST_FAULTS else ""
            raise InputError(f"--{self.word}: {'; '.join(lines)}{more}") from None


def options_of(function: Callable) -> list[Option]:
    """Return the options of a function's program, one for each parameter."""
    hints = get_type_hints(function, include_extras=True)
    options = []
    for name, parameter in inspect.signature(function).parameters.items():
        kind, may_be_none = _without_none(hints[name])
        default = None if may_be_none and parameter.default is parameter.empty else parameter.default
        default = False if kind is bool else default
        options.append(Option(name, kind, default, parameter.kind is parameter.POSITIONAL_ONLY))
    return options


def call(function: Callable, arguments: argparse.Namespace) -> Any:
    """Call a function with the arguments of its parsed command line; raises InputError for bad JSON."""
    positional, named = [], {}
    for option in options_of(function):
        value = option.value(getattr(arguments, option.name))
        if option.is_positional:
            positional.append(value)
        else:
            named[option.name] = value
    return function(*positional, **named)


def _is_nothing(default: Any) -> bool:
    return default is None or default is False or default == () or default == ""


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type without None, and whether it allowed None."""
    if get_origin(hint) not in (Union, UnionType) or NoneType not in get_args(hint):
        return hint, False
    return Union[tuple(part for part in get_args(hint) if part is not NoneType)], True  # noqa: UP007, made at run time


def _item(kind: Any) -> Any:
    return get_args(kind)[0] if get_args(kind) else None


def _reader(kind: Any) -> Callable[[str], Any] | None:
    """Return the function that a type is annotated with, if it is."""
    if get_origin(kind) is not Annotated:
        return None
    return next((part for part in kind.__metadata__ if inspect.isfunction(part)), None)
