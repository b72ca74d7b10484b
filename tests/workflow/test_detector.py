"""A finished run's detector: exported once, whole, and able to answer about a video that the run never saw."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

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
