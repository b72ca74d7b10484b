"""The commands that start runs."""

import pytest
from places import ROOT

from signwild.base.commands import run_command


@pytest.mark.parametrize(
    ("configfile", "command"),
    [
        (None, "make demo"),
        ("config/config.yaml", "make demo"),
        (ROOT / "config/paper.yaml", "make reproduce"),
        ("config/my run.yaml", "make run CONFIG='config/my run.yaml'"),
    ],
)
def test_a_shipped_configuration_has_a_target_of_its_own(configfile, command, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run_command(configfile) == command
