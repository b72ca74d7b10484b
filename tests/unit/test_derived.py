"""A configuration is made of another by changing values, and is checked before it is written."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from signwild.derived.values import read_change, with_changes
from signwild.errors import InputError

ROOT = Path(__file__).parents[2]


def test_values_are_changed_where_their_keys_are() -> None:
    content = {"run": "a", "segments": {"folds": 5}}

    changed = with_changes(content, {"run": "b", "segments.stride": 10, "training.schedule": None})

    assert changed == {"run": "b", "segments": {"folds": 5, "stride": 10}, "training": {"schedule": None}}
    assert content == {"run": "a", "segments": {"folds": 5}}


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("segments.folds=3", ("segments.folds", 3)),
        ("dataset.videos_dir=/data/a=b", ("dataset.videos_dir", "/data/a=b")),
        ("seeds=[1, 2]", ("seeds", [1, 2])),
    ],
)
def test_a_change_is_read_as_yaml(text: str, change: tuple) -> None:
    assert read_change(text) == change


@pytest.mark.parametrize("text", ["segments.folds", "=3", "a..b=1", "a=[1"])
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not"):
        read_change(text)


def test_a_value_is_no_section() -> None:
    with pytest.raises(InputError, match="run is a value"):
        with_changes({"run": "a"}, {"run.name": "b"})


def _write(folder: Path, *changes: str) -> subprocess.CompletedProcess:
    options = [word for change in changes for word in ("--set", change)]
    command = [sys.executable, ROOT / "scripts/write_configuration.py", ROOT / "tests/micro.yaml", *options]
    return subprocess.run(
        [*command, "--output", "made/mine.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_program_writes_a_whole_configuration(tmp_path: Path) -> None:
    assert _write(tmp_path, "run=mine", "segments.folds=3").returncode == 0

    micro = yaml.safe_load((ROOT / "tests/micro.yaml").read_text())
    assert yaml.safe_load((tmp_path / "made/mine.yaml").read_text()) == micro | {
        "run": "mine",
        "segments": {"folds": 3},
    }


def test_the_program_writes_nothing_that_is_wrong(tmp_path: Path) -> None:
    done = _write(tmp_path, "segments.fold=3")

    assert done.returncode == 1
    assert done.stderr == "error: made/mine.yaml: segments.fold: unknown key; did you mean 'folds'?\n"
    assert not (tmp_path / "made").exists()
