"""Tests of bad input: one clear error that names the place and the fix, exit code not 0, nothing half-written."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from runs import launch, snakemake, write_config

from signwild.base.classes import CLASSES


def some(cases: Iterable[str], *always: str) -> list:
    """Return parameters of which only some are of every test run: unit tests have each of them."""
    return [pytest.param(case, marks=[] if case in always else pytest.mark.exhaustive) for case in cases]


CONFIGURATIONS = {
    "misspelt key": ({"shrads": 2}, "shrads: unknown key; did you mean 'shards'?"),
    "wrong type": ({"shards": "two"}, "shards: Input should be a valid integer"),
    "unknown table": ({"tables": ["table_11"]}, "did you mean 'table_1'?"),
    "wrong value of a stream": (
        {"streams": {"flow": {"kind": "flow", "valu": "fixed"}}},
        "streams.flow.valu: unknown key",
    ),
    "no labels": (
        {"dataset": {"kind": "folder", "videos_dir": ".", "labels": "labels.csv"}},
        "dataset.labels: no file labels.csv",
    ),
    "no weights": ({"weights": {"source": "vgg.npz", "preprocessing": "caffe"}}, "weights.source: no file vgg.npz"),
    "fc1 at another size": ({"weights": {"source": "imagenet"}}, "fc1 of the imagenet weights needs images of 224"),
}


@pytest.mark.parametrize("name", some(CONFIGURATIONS, "misspelt key", "no weights"))
def test_a_wrong_configuration_stops_before_any_work(name: str, tmp_path: Path) -> None:
    values, message = CONFIGURATIONS[name]
    done = snakemake(tmp_path, write_config(tmp_path, **values))
    assert done.returncode != 0
    assert message in done.stdout
    assert "error: " in done.stdout
    assert "config.yaml: " in done.stdout
    assert not (tmp_path / "results").exists()


def test_an_experiment_of_an_unknown_stream_stops_before_any_work(tmp_path: Path) -> None:
    experiments = tmp_path / "experiments.yaml"
    experiments.write_text("experiments: {colour: {stream: rbg}}\ntables: {}\n")
    done = snakemake(tmp_path, write_config(tmp_path, experiments_file=str(experiments), tables=None))
    assert done.returncode != 0
    assert "experiments.yaml: experiments.colour.stream: no stream 'rbg'" in done.stdout
    assert "did you mean 'rgb'?" in done.stdout


def test_weights_without_fc1_stop_before_any_work(tmp_path: Path) -> None:
    np.savez(tmp_path / "conv.npz", **{"block1_conv1/kernel": np.zeros((3, 3, 3, 64), np.float32)})
    weights = {"source": str(tmp_path / "conv.npz"), "preprocessing": "torch"}
    done = snakemake(tmp_path, write_config(tmp_path, weights=weights))
    assert done.returncode != 0
    assert "contains no fc1, but experiments read it" in done.stdout
    assert "block5_gap" in done.stdout


def test_the_last_lines_of_a_failed_run_say_which_job_failed_why_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    rows = [f"{label}{number},{label}{number}.mp4,{label}" for label in CLASSES for number in range(2)]
    for name in (row.split(",")[1] for row in rows):
        (tmp_path / "videos" / name).write_bytes(b"no video")
    (tmp_path / "labels.csv").write_text("\n".join(["video_id,file,label", *rows]) + "\n")
    dataset = {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"}
    config = write_config(tmp_path, dataset=dataset, shards=1, segments={"folds": 2}, max_failed_share=0.5)
    done = launch(tmp_path, config)
    assert done.returncode == 1
    _, _, last = done.stderr.rpartition("The run has stopped: ")
    assert last.splitlines() == [
        "1 job failed.",
        "",
        "Job:   cut_segments (run micro)",
        "Error: 6 of 6 videos cannot be used (6 undecodable), more than max_failed_share 0.5 allows; fix them (the "
        "reasons are in the resample manifests) or raise it",
        "Log:   results/micro/logs/cut_segments.log",
        "",
        "Next:  mend what the error names, and start the same command again: it continues from here",
    ]


LABELS = {
    "unknown class": ("a,a.mp4,0,5,singing", "signing"),
    "end before start": ("a,a.mp4,5,2,signing", "labels.csv:2"),
    "overlapping spans": ("a,a.mp4,0,5,signing\na,a.mp4,4,9,other", "labels.csv:3"),
    "two files of one id": ("a,a.mp4,0,5,signing\na,b.mp4,6,9,other", "labels.csv:3"),
    "no video left": ("a,gone.mp4,0,5,signing", "dataset.videos_dir"),
}


@pytest.mark.parametrize("name", some(LABELS, "overlapping spans"))
def test_wrong_labels_stop_before_any_video_is_read(name: str, tmp_path: Path) -> None:
    rows, message = LABELS[name]
    (tmp_path / "labels.csv").write_text(f"video_id,file,start,end,label\n{rows}\n")
    (tmp_path / "videos").mkdir()
    for file in ("a.mp4", "b.mp4"):
        (tmp_path / "videos" / file).write_bytes(b"bytes")
    dataset = {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"}
    done = snakemake(tmp_path, write_config(tmp_path, dataset=dataset), "dataset")
    assert done.returncode != 0
    assert "error: " in done.stdout
    assert message in done.stdout
    assert not list(tmp_path.glob("results/micro/dataset/[0-9]*.tsv"))
