"""A small part of the workflow on real clips and real weights, where they are at hand.

SIGNWILD_CLIPS names a folder that holds clips/, clips_labels.csv (video_id, file, label, person) and
weights/vgg16_conv_torchvision_imagenet.npz; without it, ../shared/data beside the project is looked at.
"""

import os
from pathlib import Path

import pandas as pd
import pytest
from runs import ROOT, snakemake, write_config

DATA = Path(os.environ.get("SIGNWILD_CLIPS", ROOT.parent / "shared/data"))
PER_CLASS = 2

pytestmark = pytest.mark.skipif(
    not (DATA / "clips_labels.csv").exists(), reason=f"no real clips in {DATA}; SIGNWILD_CLIPS names their folder"
)


def test_real_clips_give_usable_features(tmp_path: Path) -> None:
    """Two persons a class, two streams, 96 pixels: every clip is read, and the tables are written."""
    labels = pd.read_csv(DATA / "clips_labels.csv", dtype=str).drop_duplicates(["label", "person"])
    labels.groupby("label").head(PER_CLASS).to_csv(tmp_path / "labels.csv", index=False)
    experiments = tmp_path / "experiments.yaml"
    experiments.write_text(
        "experiments:\n  rgb: {stream: rgb}\n  mhi: {stream: mhi}\n  rgb_mhi: {fuse: [rgb, mhi]}\n"
        "tables:\n  table_2: {caption: Clips, columns: [loss, accuracy], rows: ["
        "{label: RGB, experiment: rgb}, {label: MHI, experiment: mhi}, {label: RGB + MHI, experiment: rgb_mhi}]}\n"
    )
    weights = {"source": str(DATA / "weights/vgg16_conv_torchvision_imagenet.npz"), "preprocessing": "torch"}
    config = write_config(
        tmp_path,
        dataset={"kind": "folder", "videos_dir": str(DATA / "clips"), "labels": "labels.csv"},
        weights=weights,
        layer="block5_gap",
        resample={"image_size": 96, "max_seconds": 6},
        segments={"folds": 2, "length": 10, "stride": 5},
        max_failed_share=0.0,
        experiments_file=str(experiments),
        tables=None,
    )
    done = snakemake(tmp_path, config)
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(tmp_path / "results/micro/tables/table_2.csv")
    assert table["experiment"].tolist() == ["rgb", "mhi", "rgb_mhi"]
    assert table["n_videos"].tolist() == [3 * PER_CLASS] * 3
    assert "another data set than the paper's" in (tmp_path / "results/micro/tables/table_2.md").read_text()
