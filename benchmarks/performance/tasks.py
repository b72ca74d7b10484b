"""What can be measured, by name.

A function of a folder of materials and some options sets a task up, warm, and gives back the work that is timed.
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
"""Where the tasks of a stage are; imported when one is wanted, as memory is measured too."""


def find_task(name: str) -> Callable[..., Task]:
    """The task with this name: stage_ours, stage_procedure, stage_limit or stages_{stage}."""
    return getattr(import_module(f"performance.{MODULES[name.partition('_')[0]]}"), name)
