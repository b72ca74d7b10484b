"""A finished run's detector: exported once, whole, and able to answer about a video that the run never saw."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import h5py
import pandas as pd
from made_project import Project, copied


def test_a_run_gives_a_detector_that_answers_about_another_video(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    assert project.scheduled(project.snakemake("detector")) == {"export_detector", "detector"}
    assert project.plan() == set()
    folder = project.results / "detector"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        checksum, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    described = json.loads((folder / "detector.json").read_text())
    assert [variant["name"] for variant in described["variants"]] == ["rgb_flow", "rgb", "flow"]
    assert described["variants"][1]["ms_per_sample"] < described["variants"][0]["ms_per_sample"]
    assert "random weights" in (folder / "model_card.md").read_text()
    assert described["weights"]["source"] == "random"
    for name in ("detector.json", "model_card.md"):
        assert str(project.folder) not in (folder / name).read_text()
    command = ["scripts/detect_signing.py", "spare/other_3.mp4", "--model", "results/made/detector", "--out", "found"]
    done = subprocess.run(
        [sys.executable, *command], cwd=project.folder, env=project.environment, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    summary = pd.read_csv(project.folder / "found/summary.csv")
    assert summary["file"].tolist() == ["other_3.mp4"]
    windows = pd.read_parquet(project.folder / "found/other_3/windows.parquet")
    assert len(windows) > 20
    assert "other_3.mp4: " in done.stdout
    assert windows[["p_signing", "p_speaking", "p_other"]].sum(axis=1).between(0.999, 1.001).all()


def test_a_detector_has_one_network_of_each_member_where_it_is_to_have_it(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    project.configure("config.yaml", detection={"networks": "all"})
    assert project.plan() == {"train_final"}
    assert project.scheduled(project.snakemake("detector")) == {"train_final", "export_detector", "detector"}
    folder = project.results / "detector"
    described = json.loads((folder / "detector.json").read_text())
    assert {name: entry["networks"] for name, entry in described["members"].items()} == {
        "rgb": ["final"],
        "flow": ["final"],
    }
    with h5py.File(folder / "networks.h5") as file:
        keys = {name: file[f"{name}/final"].attrs["key"] for name in file}
    for name, key in keys.items():
        assert json.loads((project.results / f"training/{name}/final/record.json").read_text())["key"] == key
    assert "it was trained on all videos, and stopped by a part of them" in (folder / "model_card.md").read_text()
    assert project.plan() == set()
