"""Test of a learning curve in a run, on videos of 24 persons."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_videos import write_video
from runs import snakemake, write_config

from signwild.base.classes import CLASSES
from signwild.base.store import store_path
from signwild.plan.checked import read_checked_plan
from signwild.predictions.metrics import per_fold
from signwild.predictions.records import read_record
from signwild.upkeep.verification.verify import verify_run

EXPERIMENTS = """
experiments:
  rgb: {stream: rgb}
  nearest: {stream: rgb, classifier: {kind: neighbours}}
  both: {fuse: [rgb, nearest]}
tables: {}
learning_curve:
  experiments: [both, nearest]
  shares: [0.5, 0.75, 1]
  draws: 2
"""

PERSONS = 24
"""Each has one video, of two segments; half of them are in each fold."""


def test_a_run_draws_the_curve_of_what_it_trains_on_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = _write_run(tmp_path)
    done = snakemake(tmp_path, config)
    assert done.returncode == 0, done.stdout
    run = tmp_path / "results/micro"
    segments = pd.read_parquet(run / "segments/segments.parquet")
    table = pd.read_csv(run / "tables/learning_curve.csv").set_index(["experiment", "share"])
    assert table.index.tolist() == [(name, share) for name in ("both", "nearest") for share in (0.5, 0.75, 1.0)]
    assert table.loc["both", "training_groups"].tolist() == [6, 9, 12]
    assert (run / "figures/learning_curve.png").stat().st_size > 10_000
    page = (run / "report/index.html").read_text()
    assert "from 75% to 100% of the training persons (9.0 to 12.0)" in page

    # One seed for each draw, and a fold's network never reads a person of that fold, nor one that its share leaves out.
    folders = {path.parent.relative_to(run).as_posix() for path in run.glob("training/rgb*/*/record.json")}
    shares = {f"training/rgb_share_{share}_draw_{draw}/seed_{draw}" for share in ("0_5", "0_75") for draw in (1, 2)}
    assert folders == shares | {"training/rgb/seed_1", "training/rgb/seed_2"}
    keys = {}
    for folder in shares:
        record = read_record(run / folder / "record.json")
        keys |= {(folder, entry["fold"]): entry["key"] for entry in record["folds"]}
        assert record["parameters"]["subset.draw"] == int(folder[-1])
    assert len(set(keys.values())) == len(keys)
    fused = read_record(run / "fusion/both_share_0_5_draw_2/seed_2/record.json")
    assert (fused["parameters"]["subset.share"], fused["parameters"]["subset.draw"]) == (0.5, 2)

    # The table's numbers are those of the predictions.
    draws = [pd.read_parquet(run / f"fusion/both_share_0_5_draw_{n}/seed_{n}/predictions.parquet") for n in (1, 2)]
    accuracies = [per_fold(own)["accuracy"].mean() for own in draws]
    assert np.allclose(table.loc[("both", 0.5), ["draw_1", "draw_2"]].astype(float), accuracies, atol=1e-6)
    assert np.isclose(table.loc[("both", 0.5), "accuracy"], np.mean(accuracies), atol=1e-6)
    assert all(len(own.merge(segments, on=["video_id", "start_frame", "fold"])) == len(segments) for own in draws)

    plan = read_checked_plan(config)
    assert [finding for finding in verify_run(plan, tmp_path / "results").findings if finding.kind != "note"] == []
    receipt = pd.read_csv(run / "tracking/receipt.tsv", sep="\t")
    assert {"both_share_0_5_draw_1", "nearest_share_0_75_draw_2", "rgb"} <= set(receipt["experiment"])
    assert not list(run.glob("figures/*_share_*"))

    # What a classifier of a share was made from is in the store under its key.
    record = read_record(run / "classification/nearest_share_0_5_draw_1/seed_1/record.json")
    assert [entry["training_segments"] for entry in record["folds"]] == [12, 12]
    whole = read_record(run / "training/rgb/seed_1/record.json")
    sizes = []
    for key in (keys["training/rgb_share_0_5_draw_1/seed_1", 0], whole["folds"][0]["key"]):
        with h5py.File(store_path(tmp_path / "results/store", "training", key)) as file:
            sizes.append(len(file["probabilities"]))
    assert sizes[0] == sizes[1] == (segments["fold"] == 0).sum()


def _write_run(folder: Path) -> Path:
    """Write videos of one person each, experiments and the configuration of the run; return the last."""
    (folder / "videos").mkdir()
    rows = ["video_id,file,label,person"]
    for number in range(PERSONS):
        chance = np.random.default_rng(number)
        frames = np.full((60, 48, 64, 3), chance.integers(0, 256, 3), np.uint8)
        frames[:, 10 * (number % 3) : 10 * (number % 3) + 16] += chance.integers(0, 60, (60, 16, 64, 3), np.uint8)
        write_video(folder / f"videos/v{number}.mp4", frames)
        rows.append(f"v{number},v{number}.mp4,{CLASSES[number % 3]},person {number}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / "experiments.yaml").write_text(EXPERIMENTS)
    return write_config(
        folder,
        dataset={"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"},
        shards=1,
        segments={"folds": 2, "length": 5, "stride": 5, "seed": 1},
        training={"epochs": 2, "batch_size": 4, "stop_on": "inner"},
        experiments_file="experiments.yaml",
        seeds=[1, 2],
        tables=["learning_curve"],
    )
