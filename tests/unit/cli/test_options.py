"""Every program has a parser; every option of a program has its help in one place, and no help is left over."""

import argparse
import re
import runpy
import sys
from pathlib import Path

import pytest
from places import ROOT, SCRIPTS

from signwild.cli.options import HELP

RULES = {
    name: module
    for path in sorted((ROOT / "rules").glob("*.smk"))
    for name, module in re.findall(r"^rule (\w+):(?:(?!^rule ).)*?python -m ([\w.]+)", path.read_text(), re.M | re.S)
}
"""Module that each rule runs."""

STAND_ALONE = {"check_locks", "hold_lock", "lock_requirements", "set_up"}
"""Programs that work without .venv, by the standard library or the tools of requirements/lock-tools.txt alone."""

PROGRAMS = [SCRIPTS / f"{module.replace('.', '/')}.py" for module in RULES.values()]
PROGRAMS += sorted(path for path in SCRIPTS.glob("*.py") if path.stem not in STAND_ALONE)


class Parsed(Exception):
    """A program has come to its command line."""


def parser_of_program(monkeypatch: pytest.MonkeyPatch, program: Path) -> argparse.ArgumentParser:
    """Return the parser that a program builds when it is run."""

    def parse(parser: argparse.ArgumentParser, *_: object) -> None:
        raise Parsed(parser)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    monkeypatch.setattr(sys, "argv", [str(program)])
    with pytest.raises(Parsed) as parsed:
        runpy.run_path(str(program), run_name="__main__")
    return parsed.value.args[0]


def help_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return the help of each option as it is written in HELP, without default values."""
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    return {action.dest: (action.help or "").partition(" (default: ")[0] for action in actions}


@pytest.fixture(scope="module")
def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each program."""
    with pytest.MonkeyPatch.context() as patch:
        return {str(program): parser_of_program(patch, program) for program in PROGRAMS}


@pytest.fixture(scope="module")
def helps(parsers: dict[str, argparse.ArgumentParser]) -> dict[str, dict[str, str]]:
    """Return the help of each option of each program."""
    return {program: help_of(parser) for program, parser in parsers.items()}


def test_help_is_for_users(parsers: dict[str, argparse.ArgumentParser]) -> None:
    for program, parser in parsers.items():
        text = parser.format_help()
        assert not re.search("InputError|[Rr]aises|; see `|``", text), program
        has_json = any(action.metavar == "JSON" for action in parser._actions)
        assert ("JSON: as the workflow" in text) == has_json, program


def test_a_rule_runs_the_module_of_its_name() -> None:
    assert len(RULES) > 30
    assert {name: module.rpartition(".")[2] for name, module in RULES.items()} == {name: name for name in RULES}
    for rules in (ROOT / "rules").glob("*.smk"):
        text = rules.read_text()
        run = re.findall(r"python -m ([\w.]+)", text)
        assert sorted(run) == sorted(re.findall(r'code_digest\("([\w.]+)"\)', text))
        assert {module.split(".")[2] for module in run} <= {rules.stem}


def test_every_program_has_the_help_of_each_option_from_one_place(helps: dict[str, dict[str, str]]) -> None:
    for program, options in helps.items():
        assert "code" not in options, program
        for name, text in options.items():
            assert text == HELP[name], f"{program}: --{name}"


def test_no_help_is_unused(helps: dict[str, dict[str, str]]) -> None:
    assert HELP.keys() - {name for options in helps.values() for name in options} == set()


def test_help_is_sorted_and_no_sentence() -> None:
    assert list(HELP) == sorted(HELP)
    assert [name for name, text in HELP.items() if text.endswith(".") and not text.endswith("...")] == []
