"""Tests of code edited during a run: the run stops with a message, and nothing is stored under a wrong digest."""

from pathlib import Path

from editing import append, configured
from made_project import ONE_EXPERIMENT, Project, copied

from signwild.base.files import read_table


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
    assert {path.parent.name for path in project.results.glob("training/rgb/seed_*/predictions.parquet")} == {"seed_1"}
    assert project.start().wait() == 0, log.read_text()[-5000:]
    assert project.plan() == set()
    receipt = read_table(project.results / "tracking/receipt.tsv")
    assert set(receipt["seed"]) == {"1", "2"}


def test_a_configuration_that_starts_nothing_is_the_runs_all_the_same(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    assert project.start().wait() == 0
    configured(streams={"unused": {"kind": "mhi", "threshold": 9}})(project)
    assert project.verify().returncode == 1
    assert project.start().wait() == 0
    assert project.plan() == set()
    verified = project.verify()
    assert verified.returncode == 0, verified.stdout
