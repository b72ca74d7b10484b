"""Paths and programs of the project, for tests that read its files or start its programs."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"


def rule_program(name: str) -> list[str]:
    """Return the command of a rule's program, as rules start it; ``name``: its dotted name below signwild.stages."""
    return ["env", f"PYTHONPATH={SCRIPTS}", sys.executable, "-m", f"signwild.stages.{name}"]
