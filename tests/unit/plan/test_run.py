"""Content of a run for the rules: paths, requests, and the check of named files before any work."""

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.features import WeightFile
from signwild.configuration.settings import load_settings
from signwild.plan.detection import describe_members, detection_results, detectors, exported_detectors, slid_experiments
from signwild.plan.learning_curve import curve_figures, curve_files, curve_tables, describe_curve
from signwild.plan.network import describe_features
from signwild.plan.report import picture_files, report_definition
from signwild.plan.run import Plan
from signwild.plan.signers import describe_signers, signer_experiments, signer_figures, signer_tables
from signwild.plan.timing import image_requests, motion_requests
from signwild.plan.training import dealt_files, keep_waiting, segments_file
from signwild.stages.tables import paper_numbers

SHIPPED = ROOT / "config/experiments.yaml"

OTHERS = ("mobilenet_v2", "efficientnet_v2_b0", "convnext_tiny")


def plan(**values: object) -> Plan:
    """Return the plan of a run on the demo with the shipped experiments, except for these values."""
    raw = {"run": "mine", "dataset": {"kind": "demo"}, "weights": {"source": "random"}, **values}
    return Plan(load_settings(raw, "my.yaml", SHIPPED))


def test_what_is_the_same_is_computed_once_and_read_by_all() -> None:
    made = plan(seeds=[1, 7])
    assert made.computed() == [
        *("rgb_block5", "rgb_fc1", "flow", "mhi", "difference", "rgb_flow", "rgb_mhi", "rgb_difference"),
        *("lstm_1", "lstm_2", "lstm_3", "gru_1", "gru_3"),
        *("no_batch_normalisation", "no_dropout", "no_gru_dropout", "no_dense"),
        *(f"dropout_0_{rate}" for rate in (1, 2, 3, 5, 6)),
        *(f"gru_dropout_0_{rate}" for rate in (1, 2, 4, 5, 6)),
        *("baseline", "baseline_rnn", "visual_features", "profiles_forest", "profiles_neighbours"),
        *("learned_patches", "rgb_svm"),
        *("baseline_videos", "visual_features_videos"),
        *("pose_rnn", "pose_svm", "pose_body", "pose_hands", "pose_speeds", "pose_speeds_lstm"),
        *("rgb_pose", "rgb_flow_pose", "rgb_mhi_pose"),
        *("rgb_mobilenet_v2", "rgb_efficientnet_v2_b0", "rgb_convnext_tiny"),
        *("rgb_block5_two_folds", "rgb_fc1_two_folds"),
        *(f"{name}_two_folds" for name in ("lstm_1", "lstm_2", "lstm_3", "gru_1", "gru_3")),
        *(f"{name}_two_folds" for name in ("no_batch_normalisation", "no_dropout", "no_gru_dropout", "no_dense")),
        *(f"dropout_0_{rate}_two_folds" for rate in (1, 2, 3, 5, 6)),
        *(f"gru_dropout_0_{rate}_two_folds" for rate in (1, 2, 4, 5, 6)),
        *("rgb_by_video", "flow_by_video", "rgb_flow_by_video", "baseline_by_video", "pose_rnn_by_video"),
        *(
            f"{name}_share_{share}_draw_{draw}"
            for share in ("0_25", "0_5", "0_75")
            for draw in (1, 2, 3)
            for name in ("rgb", "flow", "rgb_flow", "baseline", "pose_rnn")
        ),
    ]
    assert made.result_folder("gru_2", 7) == "results/mine/training/rgb_fc1/seed_7"
    assert made.result_folder("rgb_flow", 1) == "results/mine/fusion/rgb_flow/seed_1"
    assert made.result_files("record.json", ["rgb", "gru_2", "rgb_fc1"]) == [
        "results/mine/training/rgb_fc1/seed_1/record.json",
        "results/mine/training/rgb_fc1/seed_7/record.json",
    ]
    rows = json.loads(made.table_definition("table_3"))["rows"]
    names = ["lstm_1", "lstm_2", "lstm_3", "gru_1", "rgb_fc1", "gru_3"]
    assert [row["folder"] for row in rows] == [f"training/{name}" for name in names]
    assert [row["experiment"] for row in rows][4] == "gru_2"
    rows = json.loads(made.table_definition("table_3_two_folds"))["rows"]
    assert [row["folder"] for row in rows] == [f"training/{name}_two_folds" for name in names]
    assert [row["experiment"] for row in rows][4] == "gru_2"  # the paper's numbers are by this name


def test_rows_by_video_have_their_own_segments_and_are_compared_with_the_same_by_person() -> None:
    made = plan(tables=["table_7"])
    rows = json.loads(made.table_definition("table_7"))["rows"]
    assert rows[1] == {
        "label": "our method, folds by video",
        "experiment": "rgb_flow_by_video",
        "protocol": "by_video",
        "reference": "rgb_flow",
        "folder": "fusion/rgb_flow_by_video",
    }
    assert [row["reference"] for row in rows[::2]] == [None] * 4
    files = {name: Path(segments_file(made, name)).name for name in ("rgb", "rgb_by_video", "baseline_by_video")}
    assert files == {
        "rgb": "segments.parquet",
        "rgb_by_video": "by_video.parquet",
        "baseline_by_video": "by_video.parquet",
    }
    assert dealt_files(made) == ["results/mine/segments/by_video.parquet"]
    assert dealt_files(plan(tables=["table_2", "table_1_two_folds"])) == []
    # Pictures and detectors are of persons that were not trained on.
    assert made.shown_experiment() == "rgb_flow"
    assert [detector.name for detector in detectors(made)] == ["rgb_flow", "rgb", "flow"]
    assert slid_experiments(made) == ["flow", "rgb"]
    assert signer_experiments(made) == ["rgb_flow"]
    assert set(report_definition(made, ["0"]).protocols) == {"by_video", "cross_validation"}


def test_a_learning_curve_is_computed_by_draws_and_neither_drawn_one_by_one_nor_a_detector() -> None:
    made = plan(tables=["table_2", "learning_curve"], seeds=[5, 6])
    described = json.loads(describe_curve(made))
    assert [(entry["name"], entry["label"]) for entry in described] == [
        *(("rgb_flow", "RGB + optical flow"), ("baseline", "baseline"), ("pose_rnn", "pose_rnn")),
    ]
    assert [point["folder"] for point in described[0]["points"][-6:]] == [
        *(f"fusion/rgb_flow_share_0_75_draw_{draw}/seed_{seed}" for draw, seed in ((1, 5), (2, 6), (3, 5))),
        *("fusion/rgb_flow/seed_5", "fusion/rgb_flow/seed_6", "fusion/rgb_flow/seed_5"),
    ]
    files = curve_files(made, "predictions.parquet")
    assert len(files) == 3 * (9 + 2)
    assert set(files) <= set(made.result_files("predictions.parquet", made.computed()))
    assert len(made.result_files("record.json", [name for name in made.computed() if "share" in name])) == 5 * 9
    assert not any("_share_" in path for path in [*made.figure_files(), *picture_files(made)])
    assert [Path(path).name for path in curve_tables(made)] == ["learning_curve.csv", "learning_curve.md"]
    assert curve_figures(made) == ["results/mine/figures/learning_curve.png"]
    assert curve_figures(made)[0] in picture_files(made)
    reported = report_definition(made, ["0"])
    assert reported.learning_curve
    assert len(reported.points) == 5 * 9
    assert not any("_share_" in entry.name for entry in reported.experiments)
    without = plan(tables=["table_2"])
    assert [*curve_tables(without), *curve_figures(without), *curve_files(without, "record.json")] == []
    assert describe_curve(without) == "[]"
    assert {name.name for name in detectors(made)} == {name.name for name in detectors(without)}
    assert slid_experiments(made) == slid_experiments(without)


def test_histories_and_curves_are_of_trained_experiments_only() -> None:
    made = plan(tables=["table_2"])
    assert made.history_files() == [
        f"results/mine/training/{name}/seed_1/history.csv" for name in ("difference", "flow", "mhi", "rgb")
    ]
    figures = [Path(path).name for path in made.figure_files()]
    assert "confusion_rgb_flow.png" in figures
    assert "curves_rgb.png" in figures
    assert "curves_rgb_flow.png" not in figures
    assert made.table_files() == [f"results/mine/tables/table_2.{form}" for form in ("csv", "md", "tex", "json")]
    assert made.interval_files() == ["results/mine/figures/intervals_table_2.png"]
    assert made.table_rows("table_2")[:2] == ["rgb", "flow"]


def test_requests_are_all_layers_of_a_stream_in_one() -> None:
    made = plan(features={"rescale_conv1": True}, streams={"fast": {"kind": "mhi"}})
    rgb, flow = json.loads(made.requests(["rgb", "flow"]))
    others = [f"{name}/final_gap" for name in ("convnext_tiny", "efficientnet_v2_b0", "mobilenet_v2")]
    assert rgb["layers"] == ["block5", *others[:2], "fc1", others[2]]
    assert rgb["features"]["rescale_conv1"]
    assert flow["layers"] == ["fc1"]
    assert flow["stream"]["kind"] == "flow"
    assert made.motion_streams == ["flow", "mhi", "difference"]


def test_what_a_table_shows_of_speed_is_measured_for_its_rows() -> None:
    made = plan(features={"rescale_conv1": True})
    motion = json.loads(motion_requests(made, "table_2_time"))
    assert {name: own["layers"] for name, own in motion.items()} == {
        "flow": ["fc1"],
        "mhi": ["fc1"],
        "difference": ["fc1"],
    }
    assert json.loads(image_requests(made, "table_2_time")) == {}
    images = json.loads(image_requests(made, "table_8_time"))
    assert {name: own["layers"] for name, own in images.items()} == {name: [name] for name in images}
    assert set(images) == {"fc1", *(f"{name}/final_gap" for name in OTHERS)}
    assert all(own["stream"]["kind"] == "rgb" and own["features"]["rescale_conv1"] for own in images.values())
    assert json.loads(motion_requests(made, "table_8_time")) == {}
    rows = json.loads(made.table_definition("table_8"))["rows"]
    assert [row["features"] for row in rows] == [4096, 1280, 1280, 768]
    assert [row["layer"] for row in rows] == ["fc1", *(f"{name}/final_gap" for name in OTHERS)]


def test_another_network_is_the_default_or_stands_beside_vgg16() -> None:
    tables = {"tables": ["table_2"]}
    made = plan(**tables, features={"network": "mobilenet_v2"}, backbones={"mobilenet_v2": {"source": "packaged"}})
    assert made.settings.backbones == ["mobilenet_v2"]
    assert made.receipts == ["results/mine/weights/mobilenet_v2.json"]
    assert not made.with_fc1
    assert made.request("flow").layers == ["mobilenet_v2/final_gap"]
    assert made.not_comparable() == ["rendered demo videos", "another network than VGG-16, MobileNetV2"]
    assert made.not_telling() == ["rendered demo videos"]
    made.check_files("my.yaml")
    drawn = plan(**tables, features={"network": "convnext_tiny"}, backbones={"convnext_tiny": {"source": "random"}})
    assert drawn.not_comparable() == ["rendered demo videos", "random weights"]
    keras = {"dataset": {"kind": "signing-in-the-wild"}, "weights": {"source": "imagenet"}}
    beside = plan(tables=["table_8"], **keras)
    assert beside.settings.backbones == ["vgg16", *OTHERS]
    assert beside.receipts == [f"results/mine/weights/{name}.json" for name in ("vgg16", *OTHERS)]
    assert beside.not_comparable() == []
    partly = plan(tables=["table_8"], backbones={"mobilenet_v2": {"source": "random"}}, **keras)
    assert partly.not_comparable() == ["random weights in MobileNetV2"] == partly.not_telling()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"resample": {"image_size": 100}},
            "my.yaml: resample.image_size: MobileNetV2 takes images of a multiple of 32",
        ),
        (
            {"backbones": {"convnext_tiny": {"source": "packaged"}}},
            "my.yaml: backbones.convnext_tiny.source: no package",
        ),
        ({"backbones": {"mobilenet_v2": {"source": "gone.h5"}}}, "my.yaml: backbones.mobilenet_v2.source: no .h5 file"),
    ],
)
def test_what_a_network_does_not_take_is_said_before_any_work(values: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(tables=["table_8"], **values).check_files("my.yaml")
    # A network that no row of the run reads is not asked.
    if "resample" in values:
        plan(tables=["table_2"], layer="block5_gap", **values).check_files("my.yaml")


def test_fc1_is_needed_where_an_experiment_reads_it() -> None:
    assert plan().with_fc1
    assert not plan(layer="block5_gap", tables=["table_2"]).with_fc1


def test_a_run_says_why_it_is_not_comparable() -> None:
    assert plan().not_comparable() == ["rendered demo videos", "random weights"]
    folder = {"kind": "folder", "videos_dir": "v", "labels": "l"}
    assert plan(dataset=folder, weights={"source": "imagenet"}).not_comparable() == [
        "another data set than the paper's"
    ]
    assert plan(dataset=folder).paper_dataset() is plan().paper_dataset() is None
    assert json.loads(plan().tags()) == {"dataset": "demo", "weights": "random"}
    own = {"source": "mine.npz", "preprocessing": "torch", "fc1": "random"}
    assert plan(dataset=folder, weights=own).not_comparable()[1:] == [
        "other weights than the paper's",
        "random weights in fc1",
    ]
    packaged = plan(weights={"source": "packaged", "fc1": "random"})
    assert packaged.not_comparable() == [
        "rendered demo videos",
        "other weights than the paper's",
        "random weights in fc1",
    ]
    assert packaged.not_telling() == ["rendered demo videos", "random weights in fc1"]
    assert json.loads(packaged.tags()) == {"dataset": "demo", "weights": "packaged", "fc1": "random"}
    without = plan(weights=own, layer="block5_gap", tables=["table_2"])
    assert without.not_comparable()[1:] == ["other weights than the paper's"]
    assert not without.random_fc1


def test_reliability_is_of_segments_only() -> None:
    figures = [Path(path).name for path in plan(tables=["table_5_videos"]).figure_files()]
    assert "reliability_baseline.png" in figures
    assert "confusion_baseline_videos.png" in figures
    assert "reliability_baseline_videos.png" not in figures


def test_the_authors_labels_are_known_by_their_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tmp_path / "groundtruth.txt"
    labels.write_bytes(b"dQx1A_x-b2 0 n\n")
    made = plan(dataset={"kind": "folder", "videos_dir": "v", "labels": str(labels)}, weights={"source": "imagenet"})
    assert made.not_comparable() == ["another data set than the paper's"]
    name = subprocess.run(["git", "hash-object", labels], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setattr(paper_numbers, "GROUNDTRUTH_BLOB", name)
    assert made.not_comparable() == []
    assert made.paper_dataset() == "results/mine/tables/dataset.csv"
    labels.write_bytes(b"dQx1A_x-b2 0 S\n")
    assert made.paper_dataset() is None


def test_the_authors_data_set_is_the_papers_unless_its_labels_are_others() -> None:
    dataset = {"kind": "signing-in-the-wild"}
    assert plan(dataset=dataset, weights={"source": "imagenet"}).not_comparable() == []
    other = dataset | {"source": {"labels_blob": "0" * 40}}
    assert plan(dataset=other).other_videos() == ["another data set than the paper's"]


def test_weights_are_the_papers_where_they_are_keras_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
    folder = {"kind": "folder", "videos_dir": "v", "labels": "l"}
    (tmp_path / name).write_bytes(b"weights")
    made = plan(dataset=folder, weights={"source": str(tmp_path / name), "preprocessing": "caffe"})
    assert "other weights than the paper's" in made.not_comparable()
    monkeypatch.setattr(
        paper_numbers, "IMAGENET_FILES", {True: WeightFile(name, hashlib.md5(b"weights").hexdigest(), 7)}
    )
    assert made.not_comparable() == ["another data set than the paper's"]
    (tmp_path / name).rename(tmp_path / "mine.h5")
    assert made.not_comparable()[1:] == ["other weights than the paper's"]


def test_missing_files_stop_before_any_work(tmp_path: Path) -> None:
    videos, labels = tmp_path / "videos", tmp_path / "labels.csv"
    folder = {"kind": "folder", "videos_dir": str(videos), "labels": str(labels)}
    made = plan(dataset=folder)
    with pytest.raises(InputError, match=rf"^my\.yaml: dataset\.videos_dir: {videos} is not a folder; check the path"):
        made.check_files("my.yaml")
    videos.mkdir()
    with pytest.raises(InputError, match=rf"^my\.yaml: dataset\.labels: no file {labels}; check the path"):
        made.check_files("my.yaml")
    labels.write_text("video_id,file,label\n")
    made.check_files("my.yaml")
    made = plan(dataset=folder, weights={"source": str(tmp_path / "vgg.npz")})
    with pytest.raises(InputError, match=r"^my\.yaml: weights\.source: no file "):
        made.check_files("my.yaml")


def test_weights_without_fc1_do_only_where_no_experiment_reads_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "vgg.npz", **{"block1_conv1/kernel": np.zeros((3, 3, 3, 64), np.float32)})
    weights = {"source": str(tmp_path / "vgg.npz"), "preprocessing": "torch"}
    with pytest.raises(InputError, match=r"contains no fc1.*layer: block5_gap"):
        plan(weights=weights).check_files("my.yaml")
    with pytest.raises(InputError, match="contains no block1_conv1/bias"):
        plan(weights=weights, layer="block5_gap", tables=["table_2"]).check_files("my.yaml")


def test_a_descriptor_is_read_from_its_own_folder() -> None:
    made = plan()
    assert made.manifest("baseline_rnn") == "results/mine/descriptors/profiles.tsv"
    assert made.manifest("rgb_svm") == "results/mine/features/rgb.tsv"
    assert made.result_folder("baseline", 1) == "results/mine/classification/baseline/seed_1"
    assert made.result_folder("baseline_rnn", 1) == "results/mine/training/baseline_rnn/seed_1"


def test_visual_features_are_of_a_whole_segment_already() -> None:
    made = plan()
    assert made.pooling("visual_features") == "first"
    assert made.pooling("baseline") == made.pooling("rgb_svm") == "mean"


def test_only_the_faces_and_descriptors_that_rows_need_are_made() -> None:
    assert not plan(tables=["table_2"]).settings.faces
    profiles = plan(tables=["table_5"], faces={"one": {"detectors": ["profileface"], "agreement": 1}})
    assert list(profiles.settings.descriptors) == ["profiles"]
    assert list(profiles.settings.faces) == ["ensemble"]


def test_pictures_show_the_first_fusion_of_trained_ones_unless_another_is_named() -> None:
    made = plan(seeds=[7, 1])
    assert made.shown_experiment() == "rgb_flow"
    assert made.shown_members() == ["rgb", "flow"]
    assert made.shown_title() == "rgb_flow (run mine, seed 7)"
    _, flow = json.loads(describe_features(made))
    assert flow == {
        "name": "flow",
        "source": {"stream": "flow", "backbone": "vgg16", "layer": "fc1", "descriptor": None, "parts": None},
        "manifest": "results/mine/features/flow.tsv",
    }
    named = plan(report={"experiment": "rgb"})
    assert named.shown_experiment() == "rgb_fc1"
    assert named.shown_members() == ["rgb_fc1"]
    assert named.rule(named.shown_experiment()) == "mean"
    assert plan(tables=["table_1"]).shown_experiment() == "rgb_block5"


def test_persons_are_compared_for_the_shown_experiment_and_what_tables_compare_it_with() -> None:
    made = plan(tables=["table_2", "table_5", "table_5_videos"])
    assert signer_experiments(made) == ["rgb_flow", "rgb", "baseline"]
    compared = json.loads(describe_signers(made))
    assert compared[0] == {"name": "rgb_flow", "label": "RGB + optical flow", "folder": "fusion/rgb_flow"}
    assert compared[2]["folder"] == "classification/baseline"
    assert signer_tables(made) == [f"results/mine/tables/per_signer.{form}" for form in ("csv", "md")]
    assert "results/mine/figures/per_signer.png" in picture_files(made)
    # A reference that is trained under another's name is called as it is computed.
    assert signer_experiments(plan(tables=["table_4", "table_5"], report={"experiment": "rgb"})) == ["rgb"]
    assert signer_experiments(plan(tables=["table_1"])) == ["rgb_block5", "rgb_fc1"]


def test_persons_are_compared_without_a_network_but_not_without_segments(tmp_path: Path) -> None:
    experiments = tmp_path / "experiments.yaml"
    whole = "  svm: {stream: rgb, classifier: {kind: svm}, unit: video}\n"
    table = "tables:\n  own: {caption: none, unit: video, columns: [accuracy], rows: [{label: a, experiment: svm}]}\n"
    experiments.write_text(f"experiments:\n{whole}{table}")
    made = plan(experiments_file=str(experiments))
    assert signer_experiments(made) == signer_tables(made) == signer_figures(made) == []
    experiments.write_text(
        f"experiments:\n{whole}{table}".replace(", unit: video}\n", "}\n").replace("unit: video, ", "")
    )
    assert signer_experiments(plan(experiments_file=str(experiments))) == ["svm"]


def test_detectors_are_the_fusions_and_what_they_fuse_unless_some_are_named() -> None:
    made = plan(seeds=[7, 1])
    names = ["rgb_flow", "rgb_mhi", "rgb_difference", "rgb", "flow", "mhi", "difference"]
    assert [detector.name for detector in detectors(made)] == names
    # What is trained under another's name is called as its fusion calls it.
    assert detectors(made)[0].members == ["rgb_fc1", "flow"]
    assert detectors(made)[3].members == ["rgb_fc1"]
    assert slid_experiments(made) == ["difference", "flow", "mhi", "rgb_fc1"]
    described = json.loads(describe_members(made, slid_experiments(made)))
    assert described["rgb_fc1"]["results"] == "results/mine/training/rgb_fc1/seed_7"
    assert described["flow"]["manifest"] == "results/mine/features/flow.tsv"
    named = plan(detection={"experiments": ["mhi", "lstm_1"]})
    assert [detector.name for detector in detectors(named)] == ["mhi", "lstm_1"]
    # The timelines still need the shown experiment.
    assert slid_experiments(named) == ["flow", "lstm_1", "mhi", "rgb_fc1"]
    assert list(exported_detectors(named).streams) == ["rgb", "mhi"]


@pytest.mark.parametrize(("name", "near"), [("rgb_mih", "did you mean 'rgb_mhi'"), ("baseline_rnn", "on a stream")])
def test_what_cannot_be_a_detector_is_refused(name: str, near: str) -> None:
    with pytest.raises(InputError, match=near) as error:
        plan(detection={"experiments": [name]})
    assert f"detection.experiments: '{name}'" in str(error.value)


def test_a_picture_of_features_does_not_depend_on_how_networks_are_trained() -> None:
    made, other = plan(), plan(seeds=[7], training={"epochs": 3}, network={"units": 8})
    described = [describe_members(own, slid_experiments(own)) for own in (made, other)]
    assert described[0] != described[1]
    assert describe_features(made) == describe_features(other)


def test_pictures_of_an_experiment_are_made_where_one_is_trained(tmp_path: Path) -> None:
    def names(made: Plan) -> list[str]:
        return [Path(path).stem for path in made.illustration_files()]

    assert names(plan()) == ["figure_1", "figure_4", "timelines", "tsne"]
    experiments = tmp_path / "experiments.yaml"
    experiments.write_text(
        "experiments:\n  svm: {stream: rgb, classifier: {kind: svm}}\n"
        "  forest: {stream: rgb, classifier: {kind: forest}}\n"
        "  both: {fuse: [svm, forest], rule: product}\n"
        "tables:\n  table: {caption: none, columns: [loss], rows: [{label: both, experiment: both}]}\n"
    )
    made = plan(experiments_file=str(experiments))
    assert made.shown_experiment() is None
    assert names(made) == ["figure_1"]
    assert describe_members(made, slid_experiments(made)) == "{}"
    assert detectors(made) == []
    assert detection_results(made) == []
    with pytest.raises(InputError, match="trains no network on a stream, so it has no detector"):
        exported_detectors(made)


def test_a_picture_of_what_is_not_trained_is_refused() -> None:
    with pytest.raises(InputError, match=r"^my\.yaml: report\.experiment: 'baseline' is neither trained by this run"):
        plan(report={"experiment": "baseline"})
    with pytest.raises(InputError, match=r"report\.experiment: 'rgb_flo' .*did you mean .rgb_flow"):
        plan(report={"experiment": "rgb_flo"})
    with pytest.raises(InputError, match="name such an experiment from its tables"):
        plan(report={"experiment": "rgb_flow"}, tables=["table_1"])


def test_trainings_that_wait_are_listed_for_those_that_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = plan(seeds=[1, 7])
    jobs = [
        ("extract_features", {"stream": "rgb"}),
        ("train_experiment", {"run": "mine", "experiment": "flow", "seed": "7"}),
        ("train_final", {"run": "mine", "experiment": "rgb_fc1"}),
    ]
    keep_waiting(made, jobs[:1])
    path = Path("results/mine/training/waiting.json")
    assert not path.exists()
    keep_waiting(made, jobs)
    entries = {entry["features"]: entry for entry in json.loads(path.read_text())}
    assert set(entries) == {"results/mine/features/flow.tsv", "results/mine/features/rgb.tsv"}
    flow, rgb = (entries[f"results/mine/features/{stream}.tsv"] for stream in ("flow", "rgb"))
    assert (flow["seed"], flow["is_final"], rgb["seed"], rgb["is_final"]) == (7, False, 1, True)
    assert TrainedExperiment.model_validate(flow["experiment"]) == made.settings.trained["flow"]
