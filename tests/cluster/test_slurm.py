"""Tests of the workflow on a real Slurm of one node: it gives the bytes of a local run, whatever happens on the way."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from editing import append
from made_cluster import PROFILE, ClusterProject
from made_project import ONE_EXPERIMENT, Project, copied
from runs import bytes_of

pytestmark = pytest.mark.timeout(1500)

ON_SLURM = {
    "prepare_dataset": 1,
    "motion_compute_stream_resample_videos": 2,
    "extract_features": 4,
    "detect_faces": 2,
    "compute_descriptor": 2,
    "classify_segments": 1,
    "train_experiment": 2,
    "slide_windows": 1,
    "evaluate_detection": 1,
}
"""Number of Slurm jobs of a run, by rule.

Jobs that access YouTube, write MLflow's file or take seconds stay on the login node; short jobs are grouped.
"""

LONG_TRAINING = {"epochs": 450, "patience": 1000, "schedule": None, "batch_size": 4}


def test_a_run_survives_a_bad_day(project: ClusterProject, finished: Project, tmp_path: Path) -> None:
    project.configure("config.yaml", shards=1)  # of two shards it would have more jobs, and the same results
    # A local disk of the node, too little memory at first, and GPUs by --gres for two rules of three.
    disk = tmp_path / "disk"
    disk.mkdir()
    project.environment["DISK_OF_THE_NODE"] = str(disk)
    scratch = {"scratch": "$DISK_OF_THE_NODE"}
    gpu = {"slurm_partition": "gpu", "gpu": 0, "gres": "gpu:1"}
    resources = {
        "train_experiment": gpu,
        "extract_features": gpu,
        "resample_videos": scratch,
        "compute_stream": scratch,
        "detect_faces": {"mem_mb": "250 * attempt * attempt"},
    }
    project.configure(PROFILE, **{"set-resources": resources})
    run = project.start()
    # The node is drained while jobs run; one of them is cancelled.
    cancelled = project.wait_for_job("motion_compute_stream_resample_videos", run)
    project.wait_until(lambda: list(disk.iterdir()), run)
    project.drain()
    project.slurm("scancel", cancelled)
    project.wait_until(lambda: "RUNNING" not in set(project.jobs()["state"]), run)
    project.resume()
    # The controller is killed while jobs run, and started again.
    project.wait_for_job("train_experiment", run)
    project.kill(run)
    assert project.start().wait() == 0, project.log()
    assert project.results_bytes() == finished.results_bytes()
    jobs = project.jobs()
    assert jobs.set_index("id").loc[cancelled, "state"].startswith("CANCELLED")
    faces = jobs[jobs["rule"] == "detect_faces"]
    # Slurm's own check reports FAILED; if cgroups end the job, it is OUT_OF_MEMORY.
    assert set(faces.loc[faces["requested"].str.contains("mem=250M"), "state"]) <= {"FAILED", "OUT_OF_MEMORY"}
    # One whose work is done may be cancelled in its last moment, as one of the killed controller's.
    others = faces[~faces["state"].isin({"FAILED", "OUT_OF_MEMORY"})]
    assert set(others["requested"].str.extract(r"mem=(\w+)")[0]) == {"1000M"}
    on_gpu = jobs[jobs["requested"].str.contains("gres/gpu=1")]
    assert set(on_gpu["rule"]) == {"extract_features", "train_experiment", "slide_windows"}
    assert set(on_gpu["partition"]) == {"gpu"}
    # A group that is partly done is submitted again without the finished part.
    assert set(jobs["rule"]) - {"motion_compute_stream", "motion_resample_videos"} == set(ON_SLURM)
    assert project.plan() == set()
    assert not list(disk.iterdir())
    assert not list(project.folder.glob("results/**/.writing-*"))
    # No job of the killed controller repeated work of the new one, except for one that had just ended.
    trainings = jobs[jobs["rule"] == "train_experiment"]
    assert (trainings["state"] == "COMPLETED").sum() <= 3


@pytest.mark.exhaustive  # the bad day ends in the same bytes; this test counts the jobs
def test_a_run_gives_what_a_local_run_gives(project: ClusterProject, finished: Project, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    project.environment["DISK_OF_THE_NODE"] = str(tmp_path / "disk")
    scratch = {"scratch": "$DISK_OF_THE_NODE"}
    project.configure(PROFILE, **{"set-resources": {"resample_videos": scratch, "compute_stream": scratch}})
    run = project.start()
    project.wait_until(lambda: list((tmp_path / "disk").iterdir()), run)
    assert run.wait() == 0, project.log()
    assert not list((tmp_path / "disk").iterdir())
    assert project.results_bytes() == finished.results_bytes()
    jobs = project.jobs()
    assert set(jobs["state"]) == {"COMPLETED"}
    assert jobs["rule"].value_counts().to_dict() == ON_SLURM
    on_gpu = jobs[jobs["requested"].str.contains("gres/gpu=1")]
    assert set(on_gpu["rule"]) == {"extract_features", "train_experiment", "slide_windows"}
    assert set(on_gpu["partition"]) == {"gpu"}
    assert project.plan() == set()


@pytest.mark.exhaustive  # test_training.py ends a training by the signal that Slurm sends, and continues it
def test_a_training_goes_on_after_its_time_limit(
    on_slurm: Callable[[Project], ClusterProject], finished: Project, tmp_path: Path
) -> None:
    here = copied(finished.folder, tmp_path / "here")
    here.write("experiments.yaml", ONE_EXPERIMENT)
    # Nothing is kept except what a training keeps when it is told to end.
    here.configure("config.yaml", training=LONG_TRAINING, hardware={"keep_training_s": 100_000})
    project = on_slurm(here)
    project.configure(PROFILE, **{"set-resources": {"train_experiment": {"runtime": "attempt"}}})
    log = project.results / "logs/train_experiment/rgb/seed_1.log"
    run = project.start()
    with ThreadPoolExecutor() as beside:
        local = beside.submit(here.run)
        # Checked while it runs: each attempt rewrites the log, and the last may find every fold in the store.
        project.wait_until(lambda: log.exists() and "going on after epoch" in log.read_text(), run)
        local.result()
    assert run.wait() == 0, project.log()
    trainings = project.jobs().query("rule == 'train_experiment'")
    assert set(trainings["state"][:-1]) == {"TIMEOUT"}
    assert trainings["state"].iloc[-1] == "COMPLETED"
    assert project.results_bytes() == here.results_bytes()


@pytest.mark.exhaustive  # test_same_plan.py refuses another plan, test_edits.py changed code
def test_an_edit_in_mid_run_counts_from_the_next_start(
    on_slurm: Callable[[Project], ClusterProject], finished: Project, tmp_path: Path
) -> None:
    here = copied(finished.folder, tmp_path / "here")
    here.configure("config.yaml", seeds=[1, 2])
    project = on_slurm(here)
    project.configure(PROFILE, retries=0)  # a job that refuses would refuse again
    run = project.start()
    project.wait_for_job("train_experiment", run)
    for edited in (project, here):
        append("stages/training/schedule")(edited)
        edited.configure("config.yaml", network={"units": 8})
    assert run.wait() != 0
    refused = "code, configuration or data were changed during the run"
    assert any(refused in log.read_text() for log in project.folder.glob("results/slurm-logs/**/*.log"))
    assert not list(project.results.glob("training/*/seed_2/predictions.parquet"))
    assert project.start().wait() == 0, project.log()
    here.run()
    assert project.results_bytes() == here.results_bytes()
    assert project.plan() == set()
    verified = project.verify()
    assert verified.returncode == 0, verified.stdout


@pytest.mark.exhaustive
@pytest.mark.timeout(7200)
def test_the_demo_gives_what_it_gives_on_one_machine(
    on_slurm: Callable[[Project], ClusterProject], finished: Project, tmp_path: Path
) -> None:
    here = copied(finished.folder, tmp_path / "here")
    project = on_slurm(here)
    project.configure(PROFILE, **{"set-threads": {"measure_forward_times": 2}})  # as many as the node has
    for demo in (here, project):
        command = ["make", "demo", *demo.where]
        with (demo.folder / "make.log").open("w") as log:
            done = subprocess.run(command, cwd=demo.folder, env=demo.environment, stdout=log, stderr=log, check=False)
        assert done.returncode == 0, (demo.folder / "make.log").read_text()[-5000:]
    # Everything except measured times.
    patterns = (
        "results/demo/**/predictions.parquet",
        "results/demo/**/history.csv",
        "results/demo/tables/table_[1345]*.csv",
    )
    first, second = (bytes_of(demo.folder, *patterns) for demo in (here, project))
    assert len(first) > 60
    assert first == second
