"""A run with several networks that read the images, from videos to a table, and a detector of theirs."""

import json
from pathlib import Path

import pandas as pd
import pytest
from places import ROOT
from quick_start import run_python
from runs import bytes_of, environment, snakemake, write_config

EXPERIMENTS = """
experiments:
  rgb: {stream: rgb}
  small: {stream: rgb, backbone: mobilenet_v2}
  mhi: {stream: mhi, backbone: mobilenet_v2, layer: last_block_gap}
  svm: {stream: rgb, backbone: mobilenet_v2, layer: last_block, classifier: {kind: svm, components: null}}
  both: {fuse: [rgb, small, mhi]}
tables:
  alone: {caption: VGG-16, columns: [loss], rows: [{label: VGG-16, experiment: rgb}]}
  networks:
    caption: Networks
    columns: [features, accuracy]
    reference: rgb
    rows: &rows
      - {label: VGG-16, experiment: rgb}
      - {label: MobileNetV2, experiment: small}
      - {label: MobileNetV2 over MHI, experiment: mhi}
      - {label: MobileNetV2 and an SVM, experiment: svm}
      - {label: all, experiment: both}
  speed: {caption: Speed, columns: [images_per_second], rows: *rows}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the experiments."""
    made = tmp_path_factory.mktemp("networks")
    (made / "experiments.yaml").write_text(EXPERIMENTS)
    return made


def run(folder: Path, tables: list[str], *targets: str) -> str:
    """Run the workflow, and return its output."""
    config = write_config(
        folder,
        experiments_file=str(folder / "experiments.yaml"),
        layer=None,
        tables=tables,
        backbones={"mobilenet_v2": {"source": "random", "seed": 2}},
        detection={"experiments": ["both"]} if len(tables) > 1 else None,
    )
    done = snakemake(folder, config, *targets)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_networks_stand_beside_each_other_and_in_one_detector(folder: Path) -> None:
    run(folder, ["alone"], "results/micro/tables/alone.md")
    vgg16 = bytes_of(folder, "results/store/features/*.h5", "results/store/training/*.h5")
    assert vgg16
    tables = [f"results/micro/tables/{name}.md" for name in ("networks", "speed")]
    run(folder, ["networks", "speed"], *tables, "detector")
    # What VGG-16 and its networks gave is not computed again.
    after = bytes_of(folder, "results/store/features/*.h5", "results/store/training/*.h5")
    assert vgg16.items() <= after.items()
    assert len(after) > 2 * len(vgg16)
    table = pd.read_csv(folder / "results/micro/tables/networks.csv").set_index("experiment")
    assert table["features_ours"].dropna().to_dict() == {"rgb": 4096, "small": 1280, "mhi": 320, "svm": 320}
    assert table["accuracy_ours"].between(0, 1).all()
    speeds = pd.read_csv(folder / "results/micro/tables/speed.csv").set_index("experiment")["images_per_second_ours"]
    assert (speeds.drop("both") > 0).all()
    layers = pd.read_csv(folder / "results/micro/features/rgb.tsv", sep="\t")["layer"]
    assert set(layers) == {"fc1", "mobilenet_v2/final_gap", "mobilenet_v2/last_block"}
    receipts = {path.stem: json.loads(path.read_text()) for path in (folder / "results/micro/weights").glob("*.json")}
    assert {name: own["identity"] for name, own in receipts.items()} == {
        "vgg16": "random-0-caffe",
        "mobilenet_v2": "random-2-tf",
    }
    description = json.loads((folder / "results/micro/detector/detector.json").read_text())
    assert description["backbones"]["mobilenet_v2"]["identity"] == "random-2-tf"
    assert {name: member["backbone"] for name, member in description["members"].items()} == {
        "rgb": "vgg16",
        "small": "mobilenet_v2",
        "mhi": "mobilenet_v2",
    }
    assert "MobileNetV2 (random-2-tf)" in (folder / "results/micro/detector/model_card.md").read_text()
    video = next(folder.glob("results/micro/rendered/**/*.mp4"))
    options = ["--model", folder / "results/micro/detector", "--out", folder / "found"]
    done = run_python([ROOT / "scripts/detect_signing.py", video, *options], folder, environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 videos" in done.stdout


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"features": {"network": "mobilenet_v2"}, "layer": "fc1"},
            "mobilenet_v2 has no layer fc1; give it one of final",
        ),
        ({"features": {"network": "mobilenet"}}, "features.network"),
        (
            {"resample": {"image_size": 100}},
            "MobileNetV2 takes images of a multiple of 32 pixels, not 100; set 96 or 128",
        ),
        ({"backbones": {"vgg16": {"source": "random"}}}, "backbones.vgg16"),
    ],
)
def test_what_a_network_does_not_offer_stops_before_any_work(changes: dict, message: str, folder: Path) -> None:
    values = {"experiments_file": str(folder / "experiments.yaml"), "layer": None, "tables": ["networks"]}
    config = write_config(folder, **(values | changes))
    done = snakemake(folder, config, "--dry-run")
    assert done.returncode != 0
    assert message in done.stdout
