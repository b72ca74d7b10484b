"""A program's options follow from its function's signature; bad values are one line that names the option."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from signwild.base.errors import InputError
from signwild.base.shards import ShardPaths
from signwild.cli import options
from signwild.cli.program import parser_of
from signwild.cli.signature import call
from signwild.configuration.sections.stream import Stream


class Entry(BaseModel):
    """An entry of the configuration."""

    units: int
    kind: Literal["a", "b"] = "a"


def echo(
    run: str,
    figure: Path,
    seed: int,
    length: int | None,
    seconds: float,
    rule: Literal["mean", "max"],
    labels: ShardPaths,
    seeds: list[int],
    parameters: Entry,
    members: dict[str, Entry],
    wild: Stream | None = None,
    scratch: Path | None = None,
    threads: int = 4,
    ask: bool = False,
    starts: Sequence[Path] = (),
    status: Sequence[Literal["x", "y"]] = (),
    variant: str = "",
) -> dict[str, Any]:
    """Return what it is called with, such as ``run``.

    No part of the help.
    """
    return dict(locals())


REQUIRED = ["--run", "demo", "--figure", "a.png", "--seed", "3", "--seconds", "1.5", "--rule", "max"]
REQUIRED += ["--labels", "t/{08..10}.tsv", "--seeds", "1", "2", "--parameters", '{"units": 3}']
REQUIRED += ["--members", '{"rgb": {"units": 1, "kind": "b"}}']


def called(*words: str, function: Any = echo) -> Any:
    """Call a function as its program does."""
    return call(function, parser_of(function).parse_args([*map(str, words)]))


def test_each_type_is_read() -> None:
    assert called(*REQUIRED) == {
        "run": "demo",
        "figure": Path("a.png"),
        "seed": 3,
        "length": None,
        "seconds": 1.5,
        "rule": "max",
        "labels": [Path("t/08.tsv"), Path("t/09.tsv"), Path("t/10.tsv")],
        "seeds": [1, 2],
        "parameters": Entry(units=3),
        "members": {"rgb": Entry(units=1, kind="b")},
        "wild": None,
        "scratch": None,
        "threads": 4,
        "ask": False,
        "starts": [],
        "status": [],
        "variant": "",
    }


def test_optional_ones_are_read_too() -> None:
    given = called(
        *REQUIRED, "--length", "20", "--wild", '{"kind": "mhi"}', "--scratch", "/tmp", "--threads", "2", "--ask",
        "--starts", "a", "b", "--starts", "c", "--status", "y", "--variant", "rgb",
    )  # fmt: skip
    assert given["length"] == 20
    assert given["wild"].kind == "mhi"
    assert given["scratch"] == Path("/tmp")
    assert given["threads"] == 2
    assert given["ask"] is True
    assert given["starts"] == [Path("a"), Path("b"), Path("c")]
    assert given["status"] == ["y"]
    assert given["variant"] == "rgb"


def test_an_empty_word_is_none_where_that_is_allowed() -> None:
    given = called(*REQUIRED, "--scratch=", "--variant=")
    assert given["scratch"] is None
    assert given["variant"] == ""
    assert called(*REQUIRED, "--starts")["starts"] == []


def test_a_call_does_not_change_the_next() -> None:
    called(*REQUIRED, "--starts", "a")
    assert called(*REQUIRED)["starts"] == []


@pytest.mark.parametrize(
    ("option", "word", "message"),
    [
        ("--parameters", "units: 3", r"--parameters: Invalid JSON: expected"),
        ("--parameters", '{"kind": "c"}', r"--parameters: units: Field required; kind: Input should be 'a' or 'b'$"),
        ("--members", '{"rgb": {"units": "many"}}', r"--members: rgb\.units: Input should be a valid integer"),
        ("--members", str(dict.fromkeys("abcde", 0)).replace("'", '"'), r"--members: a: .*; b: .*; c: .* and 2 more$"),
        ("--wild", '{"kind": "sound"}', r"--wild: Input tag 'sound'"),
    ],
)
def test_bad_json_is_one_line_that_names_the_option(option: str, word: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}") as error:
        called(*REQUIRED, option, word)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seed", "three"], "argument --seed: invalid int value: 'three'"),
        (["--rule", "median"], "argument --rule: invalid choice: 'median'"),
        (["--status", "z"], "argument --status: invalid choice: 'z'"),
        (["--seeds"], "argument --seeds: expected at least one argument"),
    ],
)
def test_other_bad_words_name_the_option(words: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        called(*REQUIRED, *words)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", ["run", "figure", "seed", "seconds", "rule", "labels", "seeds", "parameters"])
def test_one_without_a_default_is_required(option: str, capsys: pytest.CaptureFixture) -> None:
    place = REQUIRED.index(f"--{option}")
    end = next((n for n in range(place + 1, len(REQUIRED)) if REQUIRED[n].startswith("--")), len(REQUIRED))
    with pytest.raises(SystemExit):
        called(*REQUIRED[:place], *REQUIRED[end:])
    assert f"the following arguments are required: --{option}\n" in capsys.readouterr().err


def test_positional_ones_have_no_name() -> None:
    def template(videos: list[str], model: Path, /, *, out: Path, status: Sequence[str] = ()) -> tuple:
        """Return the arguments."""
        return videos, model, out, status

    words = ["a.mp4", "in/*.mp4", "model", "--out", "here", "--status", "age", "--status", "geo"]
    expected = ["a.mp4", "in/*.mp4"], Path("model"), Path("here"), ["age", "geo"]
    assert called(*words, function=template) == expected


def test_a_parameter_without_help_is_an_error() -> None:
    def work(mystery: int) -> None:
        """Do it."""

    with pytest.raises(KeyError, match="mystery"):
        parser_of(work)


def test_the_help_is_the_first_paragraph_and_names_options_and_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options.HELP, "threads", "100% of them")
    monkeypatch.setenv("COLUMNS", "200")
    text = parser_of(echo).format_help()
    assert "\nReturn what it is called with, such as --run.\n" in text
    assert "No part" not in text
    assert "100% of them (default: 4)\n" in text
    assert "(default: )" not in text
    assert "PATHS: the file of every shard" in text
    assert text.count(options.HELP["starts"]) == 1


def test_a_parser_has_the_check_of_the_code() -> None:
    parsed = parser_of(echo).parse_args([*REQUIRED, "--code", "abc"])
    assert isinstance(parsed, argparse.Namespace)
    assert parsed.code == "abc"
