"""Tracking in MLflow: the content of the database and of the folder beside it after one, two and interrupted passes."""

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_results import made_history, made_predictions, made_video_predictions, with_refit, write_results
from places import SCRIPTS, rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.predictions.metrics import evaluate, per_fold
from signwild.stages.tracking.track_runs import MlflowClient, ViewType, read_result, track

PROGRAM = rule_program("tracking.track_runs")
FIGURES = tuple(
    f"{name}.png"
    for name in ("confusion_rgb", "reliability_rgb", "curves_rgb", "confusion_rgb_flow", "reliability_rgb_flow")
)


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory) -> Path:
    """A database with MLflow's tables, made once because that takes seconds."""
    path = tmp_path_factory.mktemp("fresh") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def project(tmp_path, monkeypatch, fresh_database) -> Path:
    """A project's folder as the working folder, with results of three experiments' seeds and their figures."""
    folder = tmp_path / "project"
    run = folder / "results" / "demo"
    for seed in (1, 2):
        write_results(run, "rgb", seed)
    write_results(run, "rgb_flow", 1, kind="fusion", predictions=made_predictions(skill=3))
    (run / "figures").mkdir()
    for name in FIGURES:
        (run / "figures" / name).write_bytes(b"\x89PNG " + name.encode())
    shutil.copy(fresh_database, folder / "results" / "mlflow.db")
    monkeypatch.chdir(folder)
    return folder


def tracked(experiment: str = "demo", only: str = "") -> dict[str, int]:
    """Track the project's records, by paths relative to it as the workflow gives them."""
    run = Path("results/demo")
    return track(
        sorted(run.glob(f"*/{only or '*'}/seed_*/record.json")),
        run / "figures",
        "sqlite:///results/mlflow.db",
        Path("results/mlflow_artifacts"),
        experiment,
        run / "tracking" / "receipt.tsv",
    )


def client() -> MlflowClient:
    return MlflowClient(f"sqlite:///{Path.cwd()}/results/mlflow.db")


def runs(experiment: str = "demo") -> dict[str, object]:
    """Return every run by name, including deleted ones."""
    found = client().search_runs(
        [client().get_experiment_by_name(experiment).experiment_id], run_view_type=ViewType.ALL
    )
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def names_in(folder: Path | str) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def rows_of_database() -> dict[str, int]:
    """Count the rows in every table that contains data of a run."""
    with sqlite3.connect("results/mlflow.db") as database:
        tables = ("runs", "params", "metrics", "latest_metrics", "tags")
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def artifacts(run: object) -> list[str]:
    return sorted(file.path for file in client().list_artifacts(run.info.run_id))


def test_run_holds_parameters_tags_metrics_curves_and_files(project):
    assert tracked() == {"kept": 0, "logged": 3, "deleted": 0}
    run = runs()["rgb seed 2"]
    predictions = made_predictions(seed=2)
    assert run.data.params == {
        "stream": "rgb",
        "network.cell": "gru",
        "network.layers": "2",
        "training.epochs": "5",
        "training.stop_on": "held_out",
        "seed": "2",
        "trainable_parameters": "3754243",
    }
    wanted = {"weights": "random", "dataset": "demo", "kind": "training", "experiment": "rgb", "seed": "2"}
    assert wanted.items() <= run.data.tags.items()
    assert run.data.tags["key"] == "0123456789abcdef0123"
    metrics, folds = run.data.metrics, per_fold(predictions)
    for name, value in evaluate(predictions).items():
        assert metrics[name] == pytest.approx(value)
    assert metrics["accuracy_fold_mean"] == pytest.approx(folds["accuracy"].mean())
    assert metrics["accuracy_fold_sd"] == pytest.approx(folds["accuracy"].std())
    assert metrics["fold_1/accuracy"] == pytest.approx(folds["accuracy"][1])
    assert metrics["chance_accuracy"] == pytest.approx(1 / 3)
    curve = client().get_metric_history(run.info.run_id, "fold_1/val_loss")
    assert [(point.step, point.value) for point in curve] == [(k, pytest.approx(1.2 / k)) for k in range(1, 5)]
    names = [
        "confusion.csv",
        "confusion_rgb.png",
        "curves_rgb.png",
        "history.csv",
        "predictions.parquet",
        "record.json",
        "reliability_rgb.png",
    ]
    assert artifacts(run) == names
    fusion = runs()["rgb_flow seed 1"]
    names = ["confusion.csv", "confusion_rgb_flow.png", "predictions.parquet", "record.json"]
    assert artifacts(fusion) == [*names, "reliability_rgb_flow.png"]
    matrix = client().download_artifacts(fusion.info.run_id, "confusion.csv", str(project))
    assert Path(matrix).read_text().startswith("truth,signing,speaking,other\nsigning,")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("unit", ["segment", "video"])
def test_run_of_a_classifier_has_metrics_but_no_curves(unit):
    run = Path("results/demo")
    predictions = made_predictions(skill=2) if unit == "segment" else made_video_predictions(skill=2)
    parameters = {"descriptor": "profiles", "unit": unit, "classifier.kind": "svm", "classifier.c": [0.1, 1.0]}
    write_results(run, "svm", 1, "classification", predictions, parameters, faceless=0.25)
    drawn = ["confusion_svm.png", "reliability_svm.png"] if unit == "segment" else ["confusion_svm.png"]
    for name in drawn:
        (run / "figures" / name).write_bytes(b"\x89PNG")
    assert tracked(only="svm") == {"kept": 0, "logged": 1, "deleted": 0}
    logged = runs()["svm seed 1"]
    assert logged.data.params == {name: str(value) for name, value in parameters.items()} | {"seed": "1"}
    assert logged.data.tags["kind"] == "classification"
    assert artifacts(logged) == sorted(["confusion.csv", "predictions.parquet", "record.json", *drawn])
    metrics = logged.data.metrics
    for name, value in evaluate(predictions, unit).items():
        assert metrics[name] == pytest.approx(value)
    assert metrics["f1_signing_fold_mean"] == pytest.approx(per_fold(predictions, unit)["f1_signing"].mean())
    assert ("loss" in metrics) == (unit == "segment")
    assert ("recall_signing_fold_sd" in metrics) == (unit == "video")
    assert not any("train" in name or "val_" in name for name in metrics)
    matrix = client().download_artifacts(logged.info.run_id, "confusion.csv")
    wanted = "truth,signing,speaking,other\n" if unit == "segment" else "truth,signing,rest\n"
    assert Path(matrix).read_text().startswith(wanted)


def test_second_pass_changes_nothing(project):
    tracked()
    before = {name: run.to_dictionary() for name, run in runs().items()}
    receipt = Path("results/demo/tracking/receipt.tsv").read_bytes()
    assert tracked() == {"kept": 3, "logged": 0, "deleted": 0}
    assert {name: run.to_dictionary() for name, run in runs().items()} == before
    assert Path("results/demo/tracking/receipt.tsv").read_bytes() == receipt
    table = read_table("results/demo/tracking/receipt.tsv")
    assert table[["experiment", "seed"]].to_numpy().tolist() == [["rgb", "1"], ["rgb", "2"], ["rgb_flow", "1"]]
    assert names_in(project) == {"results"}
    assert names_in("results") == {"demo", "mlflow.db", "mlflow_artifacts"}


def test_a_network_that_was_only_asked_has_no_curves(project):
    run = project / "results/demo"
    folder = write_results(run, "asked", parameters={"training.epochs": 0})
    (folder / "history.csv").write_text(",".join(made_history()) + "\n")
    for kind in ("confusion", "reliability"):
        (run / f"figures/{kind}_asked.png").touch()
    result = read_result(folder / "record.json", run / "figures")
    assert not any("train_loss" in name for name, *_ in result.metrics)
    assert "history.csv" in [path.name for path in result.files]


def test_a_share_of_the_persons_is_logged_without_figures_or_with_those_that_there_are(project):
    run = project / "results/demo"
    folder = write_results(run, "less", parameters={"subset.share": 0.5, "subset.draw": 1, "training.epochs": 5})
    result = read_result(folder / "record.json", run / "figures")
    assert result.parameters["subset.share"] == "0.5"
    assert not any(path.suffix == ".png" for path in result.files)
    (run / "figures/confusion_less.png").touch()
    result = read_result(folder / "record.json", run / "figures")
    assert [path.name for path in result.files if path.suffix == ".png"] == ["confusion_less.png"]


def test_a_training_anew_has_curves_of_its_own(project):
    folder = project / "results/demo/training/rgb/seed_1"
    with_refit(made_history()).to_csv(folder / "history.csv", index=False)
    metrics = read_result(folder / "record.json", project / "results/demo/figures").metrics
    assert [value for name, *value in metrics if name == "fold_1/refit_loss"] == [[1.0, 1], [0.5, 2]]
    assert sum(name == "fold_1/train_loss" for name, *_ in metrics) == 4
    assert not any(math.isnan(value) for _, value, _ in metrics)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("changed", ["record", "predictions", "figure", "history"])
def test_change_replaces_exactly_the_runs_that_log_it(changed):
    tracked()
    before, rows = runs(), rows_of_database()
    folder = Path("results/demo/training/rgb/seed_1")
    if changed == "record":
        record = json.loads((folder / "record.json").read_text())
        record["parameters"]["network.layers"] = 3
        (folder / "record.json").write_text(json.dumps(record))
    elif changed == "predictions":
        made_predictions(skill=9).to_parquet(folder / "predictions.parquet")
    elif changed == "history":
        with (folder / "history.csv").open("a") as history:
            history.write("1,stopping,5,0.1,0.9,0.2,0.8,0.001,32,stop\n")
    else:
        Path("results/demo/figures/confusion_rgb_flow.png").write_bytes(b"\x89PNG other")
    assert tracked() == {"kept": 2, "logged": 1, "deleted": 1}
    after = runs()
    replaced = "rgb_flow seed 1" if changed == "figure" else "rgb seed 1"
    same = [name for name in before if before[name].info.run_id == after[name].info.run_id]
    assert sorted([*same, replaced]) == sorted(before)
    assert not Path("results/mlflow_artifacts", before[replaced].info.run_id).exists()
    if changed == "record":
        assert after[replaced].data.params["network.layers"] == "3"
    if changed != "history":
        assert rows_of_database() == rows


@pytest.mark.usefixtures("project")
def test_experiment_that_is_gone_disappears_and_a_users_own_run_stays():
    tracked()
    experiment = client().get_experiment_by_name("demo").experiment_id
    client().create_run(experiment, run_name="my own")
    rows = rows_of_database()
    assert tracked(only="rgb") == {"kept": 2, "logged": 0, "deleted": 1}
    assert sorted(runs()) == ["my own", "rgb seed 1", "rgb seed 2"]
    assert rows_of_database()["runs"] == rows["runs"] - 1
    assert len(names_in("results/mlflow_artifacts")) == 2
    assert tracked() == {"kept": 2, "logged": 1, "deleted": 0}
    assert rows_of_database() == rows


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("harm", ["no digest", "running", "deleted by hand", "artifacts gone"])
def test_run_that_is_not_whole_is_logged_anew(harm):
    tracked()
    rows, broken = rows_of_database(), runs()["rgb seed 1"].info.run_id
    if harm == "no digest":
        client().delete_tag(broken, "digest")
    elif harm == "running":
        client().update_run(broken, status="RUNNING")
    elif harm == "deleted by hand":
        client().delete_run(broken)
    else:
        shutil.rmtree(f"results/mlflow_artifacts/{broken}")
    assert tracked() == {"kept": 2, "logged": 1, "deleted": 1}
    assert runs()["rgb seed 1"].info.run_id != broken
    assert rows_of_database() == rows


@pytest.mark.usefixtures("project")
def test_experiment_deleted_by_hand_comes_back():
    tracked()
    client().delete_experiment(client().get_experiment_by_name("demo").experiment_id)
    tracked()
    assert client().get_experiment_by_name("demo").lifecycle_stage == "active"
    assert {run.info.lifecycle_stage for run in runs().values()} == {"active"}
    assert len(runs()) == 3


@pytest.mark.usefixtures("project")
def test_two_runs_of_the_workflow_share_a_database():
    tracked("demo")
    tracked("paper")
    tracked("demo")
    assert len(runs("demo")) == len(runs("paper")) == 3


def test_copied_project_logs_into_its_own_folder_and_leaves_the_original_alone(project, monkeypatch):
    tracked()
    copy = project.with_name("copy")
    shutil.copytree(project, copy)
    originals = sorted(path for path in (project / "results/mlflow_artifacts").rglob("*"))
    monkeypatch.chdir(copy)
    assert tracked() == {"kept": 0, "logged": 3, "deleted": 0}
    assert all(str(copy) in run.info.artifact_uri for run in runs().values())
    assert len(names_in("results/mlflow_artifacts")) == 3
    assert sorted(path for path in (project / "results/mlflow_artifacts").rglob("*")) == originals
    assert tracked() == {"kept": 3, "logged": 0, "deleted": 0}


def test_copied_project_keeps_a_users_own_run(project, monkeypatch):
    tracked()
    client().create_run(client().get_experiment_by_name("demo").experiment_id, run_name="my own")
    shutil.copytree(project, project.with_name("copy"))
    monkeypatch.chdir(project.with_name("copy"))
    tracked()
    assert len(runs()) == 3
    names = [experiment.name for experiment in client().search_experiments()]
    (renamed,) = [name for name in names if name.startswith("demo (before the move")]
    assert list(runs(renamed)) == ["my own"]


@pytest.mark.usefixtures("project")
def test_unusable_input_is_named_and_logs_nothing():
    record = Path("results/demo/training/rgb/seed_1/record.json")
    Path("results/demo/figures/curves_rgb.png").unlink()
    with pytest.raises(InputError, match=r"curves_rgb.png: there is no such file"):
        tracked()
    with pytest.raises(InputError, match="--artifacts"):
        track([], Path(), "sqlite:///results/mlflow.db", None, "demo", Path("receipt.tsv"))
    Path("results/demo/figures/curves_rgb.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match="same experiment and seed"):
        track([record, record], Path("results/demo/figures"), "sqlite:///x.db", Path("a"), "demo", Path("receipt.tsv"))
    assert rows_of_database()["runs"] == 0


def test_program_makes_its_own_database_and_nothing_outside_results(project):
    Path("results/mlflow.db").unlink()
    records = sorted(str(path) for path in Path("results/demo").glob("*/*/seed_*/record.json"))
    options = ["--figures", "results/demo/figures", "--uri", "sqlite:///results/new/mlflow.db", "--run", "demo"]
    options += ["--artifacts", "results/mlflow_artifacts", "--receipt", "results/demo/tracking/receipt.tsv"]
    command = [*PROGRAM, "--records", *records, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "0 kept, 3 logged, 0 deleted\n"
    assert done.stderr == ""
    assert names_in(project) == {"results"}
    experiments = MlflowClient(f"sqlite:///{project}/results/new/mlflow.db").search_experiments()
    assert sorted(experiment.name for experiment in experiments) == ["Default", "demo"]
    assert all(str(project / "results") in experiment.artifact_location for experiment in experiments)


def test_two_first_trackings_at_once_both_stand_in_the_database(project: Path) -> None:
    database = project / "results/mlflow.db"
    database.unlink()
    # Each has loaded MLflow, and waits for a line, before it looks for the database.
    begin = (
        "import sys; from pathlib import Path; from signwild.stages.tracking import track_runs as program\n"
        "Path(sys.argv[1] + '.ready').touch()\n"
        "sys.stdin.readline()\n"
        "run = Path('results/demo')\n"
        "print(program.track(sorted(run.glob('*/rgb_flow/*/record.json')),"
        " run / 'figures', 'sqlite:///results/mlflow.db', Path('results/mlflow_artifacts'), sys.argv[1],"
        " Path(f'results/{sys.argv[1]}.tsv')))"
    )
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    both = [
        subprocess.Popen([sys.executable, "-c", begin, name], cwd=project, env=environment, **pipes)
        for name in ("first", "second")
    ]
    deadline = time.monotonic() + 120
    try:
        while not all((project / f"{name}.ready").exists() for name in ("first", "second")):
            assert all(process.poll() is None for process in both)
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for process in both:
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate(timeout=120)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
    finally:
        for process in both:
            process.kill()
            process.wait()
    assert [list(runs(name)) for name in ("first", "second")] == [["rgb_flow seed 1"]] * 2
