"""Test of folds by video beside folds by person, on rendered videos of two persons with three videos each."""

from pathlib import Path

import pandas as pd
from runs import snakemake, write_config

from signwild.base.classes import CLASSES
from signwild.base.files import read_tables
from signwild.predictions.metrics import evaluate

EXPERIMENTS = """
experiments:
  rgb: {stream: rgb}
  nearest: {stream: rgb, classifier: {kind: neighbours}}
  both: {fuse: [rgb, nearest]}
tables:
  splits:
    caption: Folds by person and by video
    columns: [loss, accuracy]
    rows:
      - {label: fused, experiment: both}
      - {label: "fused, by video", experiment: both, protocol: by_video}
      - {label: RGB, experiment: rgb}
      - {label: "RGB, by video", experiment: rgb, protocol: by_video}
"""


def test_both_kinds_of_folds_are_evaluated_and_compared(micro: Path, tmp_path: Path) -> None:
    videos = read_tables(sorted(micro.glob("results/micro/resample/*.tsv"))).query("status == 'ok'")["video_id"]
    files = read_tables(sorted(micro.glob("results/micro/download/*.tsv"))).set_index("video_id")["file"]
    rows = ["video_id,file,start,end,label,person"]
    for number, video in enumerate(sorted(videos)):
        for half, label in enumerate((CLASSES[number % 3], CLASSES[(number + 1) % 3])):
            rows.append(
                f"v{number},{Path(files[video]).name},{2.4 * half},{2.4 * half + 2.3},{label},person {number // 3}"
            )
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "experiments.yaml").write_text(EXPERIMENTS)
    config = write_config(
        tmp_path,
        dataset={"kind": "folder", "videos_dir": str(micro / "results/micro/rendered/videos"), "labels": "labels.csv"},
        shards=1,
        segments={"folds": 2, "length": 10, "stride": 10, "seed": 1},
        experiments_file="experiments.yaml",
        tables=None,
    )
    run = tmp_path / "results/micro"
    done = snakemake(tmp_path, config, "results/micro/tables/splits.csv", "results/micro/tables/per_signer.csv")
    assert done.returncode == 0, done.stdout
    by_person, by_video = (pd.read_parquet(run / f"segments/{name}.parquet") for name in ("segments", "by_video"))
    assert (by_person.groupby("group")["fold"].nunique() == 1).all()
    assert (by_video.groupby("video_id")["fold"].nunique() == 1).all()
    assert by_video.groupby(by_person["group"])["fold"].nunique().tolist() == [2, 2]
    table = pd.read_csv(run / "tables/splits.csv").set_index("experiment")
    assert table.index.tolist() == ["both", "both_by_video", "rgb", "rgb_by_video"]
    for name in ("both", "rgb"):
        row, other = table.loc[f"{name}_by_video"], table.loc[name]
        assert row["loss_versus_low"] <= row["loss_ours"] - other["loss_ours"] <= row["loss_versus_high"]
        assert (row["protocol"], other["protocol"], row["reference"]) == ("by_video", "cross_validation", name)
    for name in ("training/rgb", "classification/nearest", "fusion/both"):
        for suffix, segments in (("", by_person), ("_by_video", by_video)):
            predictions = pd.read_parquet(run / f"{name}{suffix}/seed_1/predictions.parquet")
            merged = predictions.merge(segments, on=["video_id", "start_frame", "label", "fold"])
            assert len(merged) == len(segments) == len(predictions)
    assert "a person may be trained on and held out" in (run / "tables/splits.md").read_text()
    persons = pd.read_csv(run / "tables/per_signer.csv").query("experiment == 'rgb'").set_index("group")
    assert persons[["segments", "videos"]].to_numpy().tolist() == [[6, 3], [6, 3]]
    predictions = pd.read_parquet(run / "training/rgb/seed_1/predictions.parquet")
    own = predictions[predictions["video_id"].isin(["v0", "v1", "v2"])]
    assert abs(persons.loc["person 0", "accuracy"] - evaluate(own)["accuracy"]) < 1e-6
