"""Stale files: found and removed; what some run needs, and what belongs to the user, stays."""

import copy
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from made_run import CURVE, EXPERIMENTS, MadeRun
from places import SCRIPTS

from signwild.base.errors import InputError
from signwild.base.store import new_store_file
from signwild.configuration.settings import resolved_yaml
from signwild.plan.run import Plan
from signwild.upkeep.cleaning.stale import Stale, find_stale, read_runs, remove_stale
from signwild.upkeep.verification.verify import verify_run


def stale(made: MadeRun, given: Plan | None = None) -> tuple[list[Stale], list[str]]:
    return find_stale(*read_runs(made.results, given), made.results)


def names(found: list[Stale]) -> set[str]:
    return {item.path.relative_to("results").as_posix() for item in found}


def of_run(found: list[Stale]) -> set[str]:
    return {name for name in names(found) if not name.startswith("store/")}


def without(*experiments: str) -> dict:
    """Return the experiments file without these."""
    less = copy.deepcopy(EXPERIMENTS)
    for name in experiments:
        del less["experiments"][name]
    for name, table in list(less["tables"].items()):
        table["rows"] = [row for row in table["rows"] if row["experiment"] in less["experiments"]]
        if not table["rows"]:
            del less["tables"][name]
    return less


def start_again(made: MadeRun) -> None:
    """Write the configuration as the workflow does when it starts."""
    (made.run / "run_config.yaml").write_text(resolved_yaml(made.plan.settings))


def keep(made: MadeRun, stage: str, key: str, seconds: float) -> Path:
    """Write a file of the store that nothing refers to."""
    path = made.store / stage / f"{key}.h5"
    with new_store_file(path, ["source"], seconds) as file:
        file["data"] = [1, 2, 3]
    return path


def test_nothing_of_a_finished_run_is_stale(made):
    assert stale(made) == ([], [])


@pytest.mark.parametrize("stage", ["resample", "faces", "features", "progress", "training", "classification"])
def test_a_file_of_the_store_that_no_run_names_is_stale(made, stage):
    path = keep(made, stage, "0" * 20, 90.0)
    ((item,), reasons) = stale(made)
    assert (item.path, item.size, item.seconds) == (path, path.stat().st_size, 90.0)
    assert reasons == []


def test_what_a_stream_took_is_part_of_what_its_features_took(made):
    path = keep(made, "features", "0" * 20, 90.0)
    with h5py.File(path, "r+") as file:
        file.attrs["stream_seconds"] = 10.0
    assert stale(made)[0][0].seconds == 100.0


def test_an_experiment_that_was_taken_out_leaves_all_that_only_it_needed(made):
    made.configure(without("flow", "rgb_flow"))
    start_again(made)
    for rule, name in (
        ("train_experiment", "flow/seed_1"),
        ("extract_features", "flow/0"),
        ("compute_stream", "rgb/0"),
    ):
        for path in (made.run / f"logs/{rule}/{name}.log", made.run / f"benchmarks/{rule}/{name}.jsonl"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    for kept in ("flow", "rgb"):
        (made.run / f"logs/train_experiment/{kept}").mkdir(parents=True, exist_ok=True)
        (made.run / f"logs/train_experiment/{kept}/seed_1.attempt_1.log").touch()
    found, reasons = stale(made)
    assert reasons == []
    results = ("history.csv", "predictions.parquet", "record.json")
    assert of_run(found) == {
        *(f"made/features/flow/{shard}.tsv" for shard in "01"),
        "made/features/flow.tsv",
        *(f"made/training/flow/seed_1/{name}" for name in results),
        *(f"made/fusion/rgb_flow/seed_1/{name}" for name in results if name != "history.csv"),
        "made/detection/windows/flow.parquet",
        *(f"made/figures/{kind}_flow.png" for kind in ("confusion", "curves", "reliability")),
        *(f"made/figures/{kind}_rgb_flow.png" for kind in ("confusion", "reliability")),
        *(f"made/logs/{name}.log" for name in ("train_experiment/flow/seed_1", "extract_features/flow/0")),
        "made/logs/train_experiment/flow/seed_1.attempt_1.log",
        *(f"made/benchmarks/{name}.jsonl" for name in ("train_experiment/flow/seed_1", "extract_features/flow/0")),
    }
    stages = [item.path.parent.name for item in found if "store" in item.path.parts]
    assert sorted(stages) == ["features"] * 6 + ["training"] * 2
    assert sum(item.seconds for item in found) >= 6 * 3.0
    assert {item.whole.as_posix() for item in found} >= {"results/made/features/flow", "results/made/training/flow"}


def test_what_is_removed_is_what_was_listed_and_the_rest_verifies(made):
    made.configure(without("flow", "rgb_flow", "baseline", "baseline_videos"))
    start_again(made)
    before = {path for path in made.results.rglob("*") if path.is_file()}
    found, _ = stale(made)
    assert remove_stale(found, made.results) == sum(item.size for item in found) > 0
    after = {path for path in made.results.rglob("*") if path.is_file()}
    assert before - after == {item.path for item in found}
    assert not (made.run / "features/flow").exists()
    assert not (made.run / "faces").exists()
    assert not (made.store / "faces").exists()
    assert stale(made) == ([], [])
    assert verify_run(made.plan, made.results).findings == []


def test_a_table_that_was_taken_out_goes_and_tables_of_the_user_stay(made):
    for name in ("mine.csv", "mine.md", "mine.tex", "mine.json"):
        (made.run / "tables" / name).touch()
    made.configure(without("baseline_videos"))
    start_again(made)
    found, _ = stale(made)
    assert {name for name in of_run(found) if "videos" in name} >= {
        *(f"made/tables/videos.{form}" for form in ("csv", "md", "tex", "json")),
        "made/figures/intervals_videos.png",
        "made/logs/compare_experiments/videos.log",
    }
    assert not any("mine" in name or "tables/dataset" in name or "tables/claims" in name for name in names(found))


def test_a_learning_curve_is_stale_once_it_is_taken_out(made):
    made.add_tables({}, CURVE)
    assert stale(made) == ([], [])
    assert verify_run(made.plan, made.results).findings == []
    made.configure()
    start_again(made)
    found = of_run(stale(made)[0])
    assert found >= {
        *(f"made/tables/learning_curve.{form}" for form in ("csv", "md")),
        "made/figures/learning_curve.png",
        "made/training/flow_share_0_5_draw_2/seed_1/record.json",
        "made/fusion/rgb_flow_share_0_5_draw_1/seed_1/predictions.parquet",
        "made/classification/baseline_share_0_5_draw_1/seed_1/record.json",
    }
    assert all("share" in name or "learning_curve" in name for name in found)


def test_receipts_of_weights_are_stale_once_no_experiment_reads_their_network(made):
    receipt = made.run / "weights/mobilenet_v2.json"
    former, log = made.run / "weights.json", made.run / "logs/prepare_backbone/mobilenet_v2.log"
    for path in (receipt, former, log):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    found = of_run(stale(made)[0])
    assert {
        "made/weights/mobilenet_v2.json",
        "made/weights.json",
        "made/logs/prepare_backbone/mobilenet_v2.log",
    } <= found
    assert "made/weights/vgg16.json" not in found


def test_folds_by_video_are_stale_once_no_experiment_reads_them(made):
    rows = [{"label": "baseline", "experiment": "baseline", "protocol": "by_video"}]
    made.add_tables({"splits": {"caption": "splits", "columns": ["precision"], "rows": rows}})
    (made.run / "segments/mine.parquet").touch()
    assert stale(made) == ([], [])
    made.configure()
    start_again(made)
    found = of_run(stale(made)[0])
    assert {"made/segments/by_video.parquet", "made/classification/baseline_by_video/seed_1/record.json"} <= found
    assert "made/segments/mine.parquet" not in found


def test_seeds_and_shards_that_are_no_more_are_stale(made):
    shutil.copytree(made.run / "training/rgb/seed_1", made.run / "training/rgb/seed_2")
    (made.run / "training/rgb/.seed_2.lock").touch()
    for name in (
        "dataset/2.tsv",
        "dataset/2.labels.tsv",
        "resample/2.tsv",
        "features/rgb/2.tsv",
        "faces/ensemble/2.png",
    ):
        (made.run / name).touch()
    assert of_run(stale(made)[0]) == {
        "made/training/rgb/.seed_2.lock",
        *(f"made/training/rgb/seed_2/{name}" for name in ("history.csv", "predictions.parquet", "record.json")),
        *("made/dataset/2.tsv", "made/dataset/2.labels.tsv", "made/resample/2.tsv"),
        *("made/features/rgb/2.tsv", "made/faces/ensemble/2.png"),
    }


def test_what_the_workflow_does_not_know_by_name_is_not_listed(made):
    own = [
        "notes.txt",
        "made/notes.txt",
        "made/features/notes.txt",
        "made/features/old/notes.txt",
        "made/tables/own.csv",
    ]
    own += ["store/features/notes.txt", "made/training/old/seed_1/notes.txt", "weights/own.h5", "mlflow.db"]
    own += ["store/owners.tsv", "store/source_hashes.tsv", "store/video_ends.tsv", "my folder/resample.txt"]
    own += ["made/figures/my_figure.png"]
    for name in own:
        (made.results / name).parent.mkdir(parents=True, exist_ok=True)
        (made.results / name).touch()
    assert stale(made) == ([], [])


def test_a_folder_that_holds_something_else_stays(made):
    made.configure(without("flow", "rgb_flow"))
    start_again(made)
    (made.run / "features/flow/notes.txt").touch()
    remove_stale(stale(made)[0], made.results)
    assert [path.name for path in (made.run / "features/flow").iterdir()] == ["notes.txt"]


def test_a_file_that_another_run_names_stays(made):
    other = made.results / "other"
    shutil.copytree(made.run, other)
    text = resolved_yaml(made.plan.settings)
    (other / "run_config.yaml").write_text(text.replace("run: made", "run: other"))
    made.configure(without("flow", "rgb_flow"))
    start_again(made)
    found, reasons = stale(made)
    assert reasons == []
    assert of_run(found)
    assert of_run(found) == names(found)


@pytest.mark.parametrize("how", ["missing", "of another run", "no YAML", "with an unknown key"])
def test_nothing_of_the_store_goes_where_a_run_does_not_say_what_it_needs(made, how):
    keep(made, "features", "0" * 20, 1.0)
    shutil.copytree(made.run, made.results / "other")
    path = made.results / "other/run_config.yaml"
    text = path.read_text()
    (made.results / "other/training/rgb_old/seed_1").mkdir(parents=True)
    (made.results / "other/training/rgb_old/seed_1/record.json").touch()
    if how == "missing":
        path.unlink()
    elif how == "no YAML":
        path.write_text("{")
    elif how == "with an unknown key":
        path.write_text(text.replace("run: made", "run: other\n  unknown: 1"))
    found, (reason,) = stale(made)
    assert found == []
    assert reason.startswith(f"{path}: cannot be read as this run's configuration")


def test_nothing_of_the_store_goes_while_a_run_is_not_finished(made):
    keep(made, "progress", "0" * 20, 1.0)
    missing = made.run / "training/rgb/seed_1/record.json"
    missing.unlink()
    assert stale(made) == (
        [],
        [f"{missing}: is missing or cannot be read: run made is not finished, and may need more files"],
    )


def test_a_given_configuration_is_taken_for_that_of_its_run(made):
    made.configure(without("flow", "rgb_flow"))
    assert stale(made) == ([], [])
    assert "made/features/flow/0.tsv" in names(stale(made, made.plan)[0])
    made.configure(run="another")
    with pytest.raises(InputError, match="results/another: nothing has been run yet"):
        read_runs(made.results, made.plan)


def test_what_dead_processes_left_is_stale_in_any_case(made):
    dead = subprocess.Popen(["true"])
    dead.wait()
    host = platform.node()
    left = made.store / f"features/.writing-key@{host}-{dead.pid}-ab12_3cd.h5"
    for path in (left, made.store / f"features/.writing-key@{host}-{os.getpid()}-ab12_3cd.h5"):
        path.touch()
    (made.run / "training/rgb/seed_1/record.json").unlink()
    assert [item.path for item in stale(made)[0]] == [left]


def test_the_program_lists_and_removes_only_when_it_is_told_to(made):
    made.configure(without("flow", "rgb_flow"))
    start_again(made)

    def clean(*options: str) -> str:
        command = [sys.executable, str(SCRIPTS / "clean_stale.py"), *options]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    listed = clean()
    assert "Nothing was removed" in listed
    assert "results/made/features/flow" in listed
    assert listed.splitlines()[0].split() == ["what", "files", "size", "made", "in"]
    assert (made.run / "features/flow").exists()
    removed = clean("--remove")
    assert removed.splitlines()[:-2] == listed.splitlines()[:-2]
    assert "came free" in removed
    assert not (made.run / "features/flow").exists()
    assert clean() == "Nothing is stale in results/made, results/store.\n"


def test_networks_on_all_folds_are_stale_once_no_detector_has_them(made):
    made.train_finals()
    assert stale(made) == ([], [])
    log = made.run / "logs/train_final/rgb.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    made.configure()
    start_again(made)
    found, reasons = stale(made)
    assert reasons == []
    records = {f"made/training/{name}/final/record.json" for name in ("rgb", "flow")}
    assert of_run(found) == {*records, "made/logs/train_final/rgb.log"}
    assert len(found) == 5
