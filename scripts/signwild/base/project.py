"""Location of the project on this machine."""

from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]
PROJECT = SCRIPTS.parent
"""The project's folder: downloads go where the workflow expects them, wherever a program is started from."""
