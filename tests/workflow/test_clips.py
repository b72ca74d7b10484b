"""Test of a small part of the workflow on real clips and torchvision's weights, if they are available.

SIGNWILD_CLIPS names a folder with clips/, clips_labels.csv (video_id, file, label, person) and
weights/vgg16_conv_torchvision_imagenet.npz; without it, ../shared/data beside the project is used.
"""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from runs import ROOT, snakemake, write_config

from signwild.stages.weights import packaged_vgg16

DATA = Path(os.environ.get("SIGNWILD_CLIPS", ROOT.parent / "shared/data"))
PER_CLASS = 2

pytestmark = pytest.mark.skipif(
    not (DATA / "clips_labels.csv").exists(), reason=f"no real clips in {DATA}; SIGNWILD_CLIPS names their folder"
)


def test_real_clips_give_usable_features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that every clip is read and the tables are written, with two people per class, 96 pixels.

    The packaged weights are where an earlier run would have left them, and there is no index.
    """
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    (tmp_path / packaged_vgg16.FOLDER).mkdir(parents=True)
    shutil.copy(DATA / "weights" / packaged_vgg16.FILE, tmp_path / packaged_vgg16.FOLDER)
    labels = pd.read_csv(DATA / "clips_labels.csv", dtype=str).drop_duplicates(["label", "person"])
    labels.groupby("label").head(PER_CLASS).to_csv(tmp_path / "labels.csv", index=False)
    experiments = tmp_path / "experiments.yaml"
    experiments.write_text(
        "experiments:\n  rgb: {stream: rgb}\n  fc1: {stream: rgb, layer: fc1}\n"
        "tables:\n  table_1: {caption: Clips, columns: [loss, accuracy], rows: ["
        "{label: RGB, experiment: rgb}, {label: fc1, experiment: fc1}]}\n"
    )
    config = write_config(
        tmp_path,
        dataset={"kind": "folder", "videos_dir": str(DATA / "clips"), "labels": "labels.csv"},
        shards=1,
        weights={"source": "packaged", "fc1": "random"},
        layer="block5_gap",
        resample={"image_size": 96, "max_seconds": 4},
        segments={"folds": 2, "length": 10, "stride": 5},
        max_failed_share=0.0,
        experiments_file=str(experiments),
        tables=None,
    )
    # Motion, figures and report of real clips are those of any other run: the micro run has them.
    done = snakemake(tmp_path, config, "results/micro/tables/table_1.md")
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(tmp_path / "results/micro/tables/table_1.csv")
    assert table["experiment"].tolist() == ["rgb", "fc1"]
    assert table["n_videos"].tolist() == [3 * PER_CLASS] * 2
    reasons = "another data set than the paper's; other weights than the paper's; random weights in fc1"
    assert reasons in (tmp_path / "results/micro/tables/table_1.md").read_text()
    receipt = json.loads((tmp_path / "results/micro/weights/vgg16.json").read_text())
    assert (receipt["path"], receipt["random_fc1"]) == (f"data/weights/{packaged_vgg16.FILE}", True)
    features = pd.read_csv(tmp_path / "results/micro/features/rgb.tsv", sep="\t")
    assert set(features["layer"]) == {"block5_gap", "fc1"}
