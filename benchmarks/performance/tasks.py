"""What can be measured, by name.

A function of a folder of materials and some options sets a task up, warm, and gives back the work that is timed.
"""

from performance import feature_tasks, training_tasks, video_tasks

TASKS = {
    name: task
    for module in (video_tasks, feature_tasks, training_tasks)
    for name, task in vars(module).items()
    if name.endswith(("_ours", "_procedure", "_limit"))
}
