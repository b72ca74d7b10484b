"""Where the project is on this machine."""

from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]
PROJECT = SCRIPTS.parent
"""The project's folder: what is fetched goes where the workflow has it, wherever a program is started from."""
