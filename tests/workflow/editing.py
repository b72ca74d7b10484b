"""Edits of a project by a user: changes of code, configuration, labels and videos, and upgrades of packages."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable

from made_project import Project


def append(module: str) -> Callable[[Project], None]:
    """Edit a module so that its code changes, but not what it computes."""
    return lambda project: project.write(
        f"scripts/signwild/{module}.py",
        (project.folder / f"scripts/signwild/{module}.py").read_text(encoding="utf-8") + "\nADDED = 1\n",
    )


def replaced(file: str, old: str, new: str) -> Callable[[Project], None]:
    """Replace text in a file."""
    return lambda project: project.edit(file, old, new)


def configured(**values: object) -> Callable[[Project], None]:
    """Set keys of the configuration."""
    return lambda project: project.configure("config.yaml", **values)


def experimented(**values: object) -> Callable[[Project], None]:
    """Set keys of the experiments' file."""
    return lambda project: project.configure("experiments.yaml", **values)


def together(*changes: Callable[[Project], object]) -> Callable[[Project], None]:
    """Make several changes."""
    return lambda project: [change(project) for change in changes] and None


def touch_everything(project: Project) -> None:
    """Set the time of every file of the project that a user may edit to the present."""
    now = time.time()
    for name in ("Snakefile", "Makefile", "rules", "scripts", "config", "profiles", "videos", "labels.csv"):
        path = project.folder / name
        for file in [path, *path.rglob("*")]:
            os.utime(file, (now, now))
    for name in ("config.yaml", "experiments.yaml"):
        os.utime(project.folder / name, (now, now))


def check_out_again(project: Project) -> None:
    """Put the project under git, delete its files, and check the same commit out."""
    names = ["Snakefile", "Makefile", "rules", "scripts", "config", "profiles", "config.yaml", "experiments.yaml"]
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", *names], [*identity, "commit", "-qm", "x"], ["rm", "-rq", *names]):
        subprocess.run(["git", *command], cwd=project.folder, check=True)
    time.sleep(1.1)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=project.folder, check=True)


def add_video(project: Project) -> None:
    """Add a video and its label."""
    shutil.copy(project.folder / "spare/other_3.mp4", project.folder / "videos")
    labels = (project.folder / "labels.csv").read_text()
    project.write("labels.csv", f"{labels}other_3,other_3.mp4,0,4.9,other,person other_3\n")


def remove_video(project: Project) -> None:
    """Remove a video and its label."""
    (project.folder / "videos/other_2.mp4").unlink()
    project.edit("labels.csv", "other_2,other_2.mp4,0,4.9,other,person other_2\n", "")


def replace_video(project: Project) -> None:
    """Replace the bytes of a video."""
    shutil.copy(project.folder / "spare/other_3.mp4", project.folder / "videos/other_2.mp4")


def source_column(project: Project) -> None:
    """Give each video one of three sources, each with a video of every class."""
    header, *rows = (project.folder / "labels.csv").read_text().splitlines()
    lines = [f"{header},source", *(f"{row},studio {row.rpartition('_')[2]}" for row in rows)]
    project.write("labels.csv", "\n".join(lines) + "\n")


def refold(project: Project) -> None:
    """Do the same as `make refold`."""
    (project.results / "frozen_folds.tsv").unlink()


def upgrade(distribution: str) -> Callable[[Project], None]:
    """Give a package another version, as after a change of the lock file."""

    def install(project: Project) -> None:
        name = distribution.replace("-", "_")
        folder = project.folder / f"newer/{name}-99.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 99.0\n")
        project.environment["PYTHONPATH"] = str(project.folder / "newer")

    return install
