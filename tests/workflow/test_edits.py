"""Tests of code edited during a run: the run stops with a message, and nothing is stored under a wrong digest."""

import re
from pathlib import Path

from editing import append, configured
from made_project import ONE_EXPERIMENT, Project, copied


def test_an_edit_in_mid_run_takes_effect_at_the_next_start(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    project.write("experiments.yaml", ONE_EXPERIMENT)
    configured(seeds=[1, 2])(project)
    run = project.start()
    assert project.wait_for({"train_experiment"}, run)
    append("stages/training/schedule")(project)
    assert run.wait() != 0
    log = project.folder / "make.log"
    assert "train_experiment: its code, or a package that it computes with, was changed" in log.read_text()
    results = [project.results / f"training/rgb/seed_{seed}/predictions.parquet" for seed in (1, 2)]
    assert not results[1].exists()
    # Both are trained by the edited code; what follows from them is not made here, as it is in any run.
    printed = project.snakemake(*(path.relative_to(project.folder) for path in results))
    assert re.search(r"^train_experiment +2$", printed, re.MULTILINE)
    assert "train_experiment" not in project.plan()


def test_a_configuration_that_starts_nothing_is_the_runs_all_the_same(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    assert project.start().wait() == 0
    configured(streams={"unused": {"kind": "mhi", "threshold": 9}})(project)
    assert project.verify().returncode == 1
    assert project.start().wait() == 0
    assert project.plan() == set()
    verified = project.verify()
    assert verified.returncode == 0, verified.stdout
