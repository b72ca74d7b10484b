"""Tests of a finished run's detector: exported once, complete, and able to predict for a video the run never saw."""

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
    assert [variant["name"] for variant in described["variants"]] == ["rgb_mhi", "rgb", "mhi"]
    assert described["variants"][1]["ms_per_sample"] < described["variants"][0]["ms_per_sample"]
    card = (folder / "model_card.md").read_text()
    assert "random weights" in card
    assert "| | rgb\\_mhi, by person | rgb, by person | mhi, by person |" in card
    assert described["scores_of"] == {"person": "made"}
    counted = pd.read_csv(project.results / "tables/dataset.csv").set_index("class")
    row = next(line for line in card.splitlines() if line.startswith("| signing |"))
    shown = [cell.strip() for cell in row.split("|")[2:-1]]
    assert [int(shown[0]), int(shown[4])] == counted.loc["signing", ["videos", "segments"]].tolist()
    assert float(shown[3]) == round(60 * counted.loc["signing", "hours"], 1)
    assert described["weights"]["source"] == "random"
    for name in ("detector.json", "model_card.md"):
        assert str(project.folder) not in (folder / name).read_text()
    command = ["scripts/detect_signing.py", "spare/other_3.mp4", "--model", "results/made/detector", "--out", "found"]
    done = subprocess.run(
        [sys.executable, *command], cwd=project.folder, env=project.environment, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    summary = pd.read_csv(project.folder / "found/summary.csv")
    assert summary["file"].tolist() == ["spare/other_3.mp4"]
    windows = pd.read_parquet(project.folder / "found/other_3/windows.parquet")
    assert len(windows) > 20
    assert "other_3.mp4: " in done.stdout
    assert windows[["p_signing", "p_speaking", "p_other"]].sum(axis=1).between(0.999, 1.001).all()


def test_a_detector_has_one_network_of_each_member_where_it_is_to_have_it(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    project.configure("config.yaml", detection={"networks": "all"})
    assert project.plan() == {"train_final", "write_report"}
    assert project.scheduled(project.snakemake("detector")) == {"train_final", "export_detector", "detector"}
    folder = project.results / "detector"
    described = json.loads((folder / "detector.json").read_text())
    assert {name: entry["networks"] for name, entry in described["members"].items()} == {
        "rgb": ["final"],
        "mhi": ["final"],
    }
    with h5py.File(folder / "networks.h5") as file:
        keys = {name: file[f"{name}/final"].attrs["key"] for name in file}
    for name, key in keys.items():
        assert json.loads((project.results / f"training/{name}/final/record.json").read_text())["key"] == key
    card = " ".join((folder / "model_card.md").read_text().split())
    assert "it was trained on all videos, and stopped by a part of them" in card
    assert project.plan() == {"write_report"}  # it shows the time of all jobs


def test_a_card_shows_the_scores_of_another_run_beside_its_own(finished: Project, tmp_path: Path) -> None:
    project = copied(finished.folder, tmp_path / "project")
    project.snakemake("detector")
    own = project.results / "tables/detection.csv"
    project.configure("config.yaml", detection={"scores_beside": "by_source"})
    command = [sys.executable, "scripts/run_workflow.py", "export", "--configfile", "config.yaml"]
    options = {"cwd": project.folder, "env": project.environment, "text": True, "capture_output": True}
    refused = subprocess.run(command, **options)
    assert refused.returncode == 1
    assert "by_source/tables/detection.csv: there is no such file; detection.scores_beside names" in refused.stderr
    # In place of a run with `group_by: source`, which would train all networks again.
    other = project.folder / "results/by_source"
    (other / "tables").mkdir(parents=True)
    scores = pd.read_csv(own).assign(group_by="source")
    scores.loc[scores["metric"] == "accuracy", ["value", "low", "high"]] = 0.123, 0.1, 0.2
    scores.to_csv(other / "tables/detection.csv", index=False)
    configuration = (project.results / "run_config.yaml").read_text()
    assert configuration.count("group_by: person") == 1
    (other / "run_config.yaml").write_text(configuration.replace("group_by: person", "group_by: source"))
    assert project.scheduled(project.snakemake("detector")) == {"export_detector", "detector"}
    assert project.scheduled(project.snakemake("--dry-run", "detector")) == set()
    described = json.loads((project.results / "detector/detector.json").read_text())
    assert described["scores_of"] == {"person": "made", "source": "by_source"}
    assert described["variants"][0]["scores"]["source"]["accuracy"] == [0.123, 0.1, 0.2]
    card = (project.results / "detector/model_card.md").read_text()
    assert "| | rgb\\_mhi, by person | rgb\\_mhi, by source | rgb, by person | rgb, by source | " in card
    row = next(line for line in card.splitlines() if line.startswith("| Accuracy after smoothing"))
    assert [cell.strip() for cell in row.split("|")][3] == "12.3 [10.0, 20.0]"
    assert "These scores are of the run by\\_source, which differs only in its folds" in " ".join(card.split())
    # The card follows the other run's table.
    scores.assign(value=0.5).to_csv(other / "tables/detection.csv", index=False)
    assert project.scheduled(project.snakemake("--dry-run", "detector")) == {"export_detector", "detector"}
