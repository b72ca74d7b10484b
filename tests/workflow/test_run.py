"""Tests of the whole workflow on rendered videos: the results that a user finds afterwards."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from runs import ROOT, bytes_of, launch, snakemake

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.files import read_table, read_tables
from signwild.stages.detection.window_tables import fuse_windows

TWO_FOLDS = {"rgb_block5_two_folds", "rgb_fc1_two_folds"}
TRAINED = {"rgb_block5", "rgb_fc1", "flow", "baseline_rnn"} | TWO_FOLDS
EXPERIMENTS = TRAINED | {"rgb_flow", "baseline", "baseline_videos", "visual_features_videos"}


@pytest.fixture(scope="module")
def results(micro: Path) -> Path:
    return micro / "results/micro"


def predictions(results: Path) -> dict[str, pd.DataFrame]:
    return {path.parts[-3]: pd.read_parquet(path) for path in results.glob("*/*/seed_*/predictions.parquet")}


def test_failing_videos_are_rows_with_reasons(results: Path) -> None:
    videos = read_tables(sorted(results.glob("resample/*.tsv")))
    failed = videos[videos["status"] != "ok"].set_index("status")["reason"]
    assert len(videos) == 8
    assert sorted(failed.index) == ["missing", "undecodable"]
    assert all(failed)


def test_every_stream_has_the_same_samples(micro: Path, results: Path) -> None:
    tables = [*results.glob("features/*.tsv"), *results.glob("descriptors/*.tsv")]
    manifests = {path.stem: read_table(path) for path in tables}
    assert set(manifests) == {"rgb", "flow", "profiles", "visual_features"}
    frames = {}
    for stream, manifest in manifests.items():
        for row in manifest.itertuples():
            with h5py.File(micro / f"results/store/features/{row.key}.h5") as file:
                assert file["features"].shape[0] == int(row.rows) == len(file["frame"])
                frames.setdefault(row.video_id, {})[stream] = file["frame"][()].tolist()
    assert len(frames) == 6
    for own in frames.values():
        assert len({tuple(values) for values in own.values()}) == 1


def test_predictions_cover_every_segment_once_and_are_probabilities(results: Path) -> None:
    segments = pd.read_parquet(results / "segments/segments.parquet")
    assert set(segments["label"]) == set(CLASSES)
    tables = predictions(results)
    assert set(tables) == EXPERIMENTS
    for name, table in tables.items():
        if name.endswith("_videos"):
            continue
        asked = segments[segments["fold"] == 1] if name in TWO_FOLDS else segments
        merged = table.merge(asked, on=["video_id", "start_frame", "fold", "label"])
        assert len(merged) == len(asked) == len(table)
        assert table[list(PROBABILITIES)].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)


def test_one_specification_under_two_names_is_trained_once(results: Path) -> None:
    assert not (results / "training/rgb").exists()
    tables = predictions(results)
    members = np.mean([tables[name][list(PROBABILITIES)] for name in ("rgb_fc1", "flow")], axis=0)
    assert tables["rgb_flow"][list(PROBABILITIES)].to_numpy() == pytest.approx(members, abs=1e-6)


def test_tables_stand_beside_the_paper_and_say_that_they_cannot_be_compared(results: Path) -> None:
    for table, losses in (("table_1", [0.6681, 0.5037]), ("table_1_two_folds", [0.6681, 0.5037])):
        numbers = pd.read_csv(results / f"tables/{table}.csv")
        assert numbers["loss_paper"].dropna().tolist() == losses
        assert set(numbers["verdict"]) == {"not comparable"}
        assert (results / f"tables/{table}.tex").stat().st_size > 0
        text = (results / f"tables/{table}.md").read_text()
        assert "rendered demo videos" in text
        assert "random weights" in text


def test_faces_are_found_and_drawn(results: Path) -> None:
    manifests = sorted(results.glob("faces/ensemble/*.tsv"))
    faces = read_tables(manifests, {"rows": int, "with_face": int})
    assert len(faces) == 6
    assert faces["with_face"].sum() > faces["rows"].sum() / 4
    assert {path.with_suffix(".png") for path in manifests} == set(results.glob("faces/ensemble/*.png"))


def test_the_baseline_rests_on_the_segments_of_our_method(results: Path) -> None:
    table = pd.read_csv(results / "tables/table_5.csv").set_index("experiment")
    assert table["precision_paper"].tolist() == [0.6923, 0.7802, 0.8759]
    assert table["precision_ours"].between(0, 1).all()
    assert table["n_segments"].nunique() == 1
    assert "segments show no face" in (results / "tables/table_5.md").read_text()


def test_whole_videos_are_compared_as_signing_against_the_rest(results: Path) -> None:
    table = pd.read_csv(results / "tables/table_5_videos.csv").set_index("experiment")
    assert set(table["n_videos"]) == {6}
    assert table.loc["baseline_videos", "precision_signing_paper"] == 0.83
    for name in ("baseline_videos", "visual_features_videos"):
        assert len(predictions(results)[name]) == 6


def test_figures_are_there(results: Path) -> None:
    names = {path.stem for path in results.glob("figures/*.png")}
    of_segments = {name for name in EXPERIMENTS if not name.endswith("_videos")}
    tables = {path.stem for path in results.glob("tables/table_*.csv")}
    assert len(tables) == 4
    assert names == {
        *(f"confusion_{name}" for name in EXPERIMENTS),
        *(f"curves_{name}" for name in TRAINED),
        *(f"reliability_{name}" for name in of_segments),
        *(f"intervals_{name}" for name in tables),
        *("figure_1", "figure_2", "figure_3", "figure_4", "timelines", "tsne", "attrition", "per_signer"),
    }


def test_statements_of_the_paper_have_no_verdict_on_rendered_videos(results: Path) -> None:
    claims = pd.read_csv(results / "tables/claims.csv")
    assert {"fc1_beats_block5", "ours_beats_baseline"} <= set(claims["statement"])
    assert claims["verdict"].isna().all()
    assert (claims["low"] <= claims["high"]).all()


def test_whole_held_out_videos_are_predicted_sample_by_sample(results: Path) -> None:
    windows = fuse_windows([results / f"detection/windows/{name}.parquet" for name in ("rgb_fc1", "flow")], "mean")
    assert windows["video_id"].nunique() == 6
    fused = predictions(results)["rgb_flow"].merge(windows, on=["video_id", "fold"], suffixes=("", "_window"))
    # The samples of a segment are those of the window around its eleventh.
    inside = fused[fused["frame"] >= fused["start_frame"]].sort_values("frame")
    middle = inside.groupby(["video_id", "start_frame"]).nth(10)
    assert len(middle) == len(predictions(results)["rgb_flow"])
    for name in PROBABILITIES:
        assert middle[f"{name}_window"].to_numpy() == pytest.approx(middle[name].to_numpy(), abs=1e-5)


def test_detectors_are_judged_and_their_decisions_kept(results: Path) -> None:
    scores = pd.read_csv(results / "tables/detection.csv").set_index(["experiment", "metric"])
    assert scores.index.get_level_values(0)[0] == "rgb_flow"
    assert scores.loc[("rgb_flow", "accuracy"), "value"] <= 1
    assert set(json.loads((results / "detection/decisions.json").read_text())) == set(scores.index.get_level_values(0))
    assert "Detectors slid over whole held-out videos" in (results / "report/index.html").read_text()


def test_the_report_shows_the_run(results: Path) -> None:
    page = (results / "report/index.html").read_text()
    assert "Not comparable with the paper: rendered demo videos; random weights." in page
    failed = read_tables(sorted(results.glob("resample/*.tsv"))).query("status != 'ok'")["video_id"]
    assert all(f"<code>{video}</code>" in page for video in failed)
    for table in ("table_1", "table_1_two_folds", "table_5", "table_5_videos"):
        assert f'id="{table}"' in page
    assert page.count("<h3>") > len(EXPERIMENTS)
    assert "train_experiment" in page
    for card in ("model_card.md", "data_card.md"):
        assert "Signing in the Wild" in (results / "report" / card).read_text()


def test_snakemake_makes_its_own_report(copy: Path) -> None:
    done = snakemake(copy, ROOT / "tests/micro.yaml", "--report", "results/snakemake.html")
    assert done.returncode == 0, done.stdout
    text = (copy / "results/snakemake.html").read_text()
    for shown in ("index.html", "table_1.csv", "confusion_rgb_flow.png"):
        assert shown in text


def test_mlflow_holds_every_run_and_nothing_lies_outside_results(micro: Path) -> None:
    client = MlflowClient(f"sqlite:///{micro}/results/mlflow.db")
    experiment = client.get_experiment_by_name("micro")
    runs = client.search_runs([experiment.experiment_id])
    assert {run.data.tags["experiment"] for run in runs} == EXPERIMENTS
    flow = next(run for run in runs if run.data.tags["experiment"] == "flow")
    assert flow.data.params["network.units"] == "16"
    assert len(client.get_metric_history(flow.info.run_id, "fold_1/val_loss")) == 2
    assert {path.name for path in micro.iterdir()} <= {"results", ".snakemake"}


def test_large_files_are_gone(results: Path) -> None:
    assert not list(results.glob("**/*.h5"))


def test_a_second_start_has_nothing_to_do_and_prints_no_table_again(copy: Path) -> None:
    # Some tables are made again: their input in config/ has another path now.
    first = launch(copy, ROOT / "tests/micro.yaml")
    assert first.returncode == 0, first.stderr
    tables, _, summary = first.stdout.partition("Report:  results/micro/report/index.html\n")
    assert len(tables.splitlines()) > 100
    assert "**" not in tables
    assert "`cat results/micro/tables/*.md` shows them\n" in summary
    second = launch(copy, ROOT / "tests/micro.yaml")
    assert second.returncode == 0, second.stderr
    assert "Nothing to be done" in second.stderr
    said, _, again = second.stdout.partition("Report:  results/micro/report/index.html\n")
    assert said == "Nothing was to be done: all results are up to date.\n"
    assert again == summary


@pytest.mark.exhaustive  # test_kill.py and the runs on Slurm compare bytes with another run
def test_a_repeat_from_nothing_gives_the_same_bytes(micro: Path, tmp_path: Path) -> None:
    done = snakemake(tmp_path, ROOT / "tests/micro.yaml")
    assert done.returncode == 0, done.stdout
    patterns = ("results/micro/**/*.parquet", "results/micro/tables/*", "results/micro/**/history.csv")
    first, second = bytes_of(micro, *patterns), bytes_of(tmp_path, *patterns)
    assert len(first) > 15
    assert first == second


@pytest.mark.exhaustive  # test_reruns.py tests this by stage, test_training.py for trainings
def test_what_the_store_holds_is_not_computed_again(copy: Path) -> None:
    before = bytes_of(copy, "results/micro/**/predictions.parquet")
    for stage in ("resample", "features", "faces", "descriptors", "training", "classification"):
        shutil.rmtree(copy / "results/micro" / stage)
    store = {path: path.stat().st_mtime_ns for path in copy.glob("results/store/*/*.h5")}
    done = snakemake(copy, ROOT / "tests/micro.yaml")
    assert done.returncode == 0, done.stdout
    assert bytes_of(copy, "results/micro/**/predictions.parquet") == before
    assert {path: path.stat().st_mtime_ns for path in copy.glob("results/store/*/*.h5")} == store
