"""Test of results without a record, which jobs of a killed run finished: they are found, and made from the store."""

import base64
import subprocess
import sys
from pathlib import Path

from made_project import Project, copied


def remove_unrecorded(project: Project) -> str:
    """Do what the start after a killed run on a cluster does, and return what was removed."""
    code = "from signwild.upkeep.launch import unrecorded; from pathlib import Path;"
    code += "print(*unrecorded.remove_unrecorded(Path('config.yaml')))"
    environment = project.environment | {"PYTHONPATH": "scripts"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.folder, env=environment, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_results_without_a_record_are_made_again_and_a_change_of_them_is_seen(
    finished: Project, tmp_path: Path
) -> None:
    project = copied(finished.folder, tmp_path / "project")
    assert remove_unrecorded(project) == ""
    folder = project.results / "training/rgb/seed_1"
    for name in ("predictions.parquet", "history.csv", "record.json"):
        record = base64.b64encode(f"results/made/training/rgb/seed_1/{name}".encode()).decode()
        (project.folder / ".snakemake/metadata" / record).unlink()
    project.configure("experiments.yaml", experiments={"rgb": {"stream": "rgb", "network": {"dropout": 0.1}}})
    assert "train_experiment" not in project.plan()  # the change goes unnoticed
    assert len(remove_unrecorded(project).split()) == 3
    assert not list(folder.glob("*.*"))
    assert "train_experiment" in project.plan()
