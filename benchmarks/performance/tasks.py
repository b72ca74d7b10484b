"""Tasks that can be measured, by name.

A function of a folder of materials and some options sets up a task, warm, and returns the work that is timed.
"""

from collections.abc import Callable
from importlib import import_module

from performance.materials import Task

MODULES = {
    "streams": "video_tasks",
    "faces": "video_tasks",
    "detector": "video_tasks",
    "features": "feature_tasks",
    "reads": "training_tasks",
    "training": "training_tasks",
    "stages": "stage_tasks",
}
"""Modules of the tasks of a stage; they are imported only when needed, because memory is measured too."""


def find_task(name: str) -> Callable[..., Task]:
    """Return the task with this name: stage_ours, stage_procedure, stage_limit or stages_{stage}."""
    return getattr(import_module(f"performance.{MODULES[name.partition('_')[0]]}"), name)
