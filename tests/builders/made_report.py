"""A small finished run as the workflow leaves it, for tests of its report."""

import json
import struct
import zlib
from pathlib import Path

import pandas as pd
import yaml
from made_results import made_predictions, write_results

from signwild.base.files import write_table
from signwild.configuration.sections.detection import Detector
from signwild.configuration.sections.experiments.claim import Claim
from signwild.stages.detection.evaluate_detection import evaluate_detection
from signwild.stages.detection.window_tables import WINDOW_COLUMNS
from signwild.stages.learning_curve.compare_shares import CurveExperiment, CurvePoint, compare_shares
from signwild.stages.report.definition import ReportDefinition, ReportedExperiment
from signwild.stages.segments.folds import describe_folds
from signwild.stages.signers.compare_signers import ComparedExperiment, compare_signers
from signwild.stages.statistics.describe_attrition import count_videos
from signwild.stages.tables.check_claims import CheckedStatement, check_claims
from signwild.stages.tables.compare_experiments import Comparison, compare

HOSTILE_ID = "<script>alert(1)</script>|*x*"
HOSTILE_REASON = "no frame in </pre><script>alert(2)</script> | [link](http://a.b)"
TABLES = {
    "table_2": ("Streams <b>and</b> fusion", ["loss", "accuracy"]),
    "table_2_two_folds": ("Streams on two folds", ["loss"]),
    "calibrated": ("A table of our own", ["loss", "precision", "accuracy", "f1_signing", "calibration_error"]),
}
EXPERIMENTS = {"rgb": "RGB stream only", "flow": "optical flow <only>"}


def write_png(path: Path, width: int = 60, height: int = 40) -> None:
    """Write a grey picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x99" * width) * height
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def write_run(run: Path) -> ReportDefinition:
    """Write a run of six videos and two that failed into the folder ``run``; return the definition of its report."""
    predictions = made_predictions()
    pictures = [
        "figure_1.png",
        "figure_4.png",
        "attrition.png",
        "per_signer.png",
        "learning_curve.png",
        *(f"intervals_{name}.png" for name in TABLES),
    ]
    pictures += [f"{kind}_{name}.png" for kind in ("confusion", "curves", "reliability") for name in EXPERIMENTS]
    for seed, name in enumerate(EXPERIMENTS, start=3):
        write_results(run, name, predictions=made_predictions(seed=seed))
    _write_videos(run, predictions)
    _write_tables(run)
    _write_signers(run)
    _write_curve(run)
    for picture in pictures:
        write_png(run / "figures" / picture)
    _write_claims(run)
    _write_detection(run)
    _write_benchmarks(run / "benchmarks")
    (run / "run_config.yaml").write_text(yaml.safe_dump({"configuration": {"run": run.name}}))
    return ReportDefinition(
        run=run.name,
        dataset="demo",
        weights="random",
        random_fc1=False,
        backbones={"MobileNetV2": "packaged"},
        not_comparable=["rendered demo videos", "random weights"],
        paper_dataset=False,
        seeds=[1],
        shards=["0"],
        tables=list(TABLES),
        claims=True,
        signers=True,
        learning_curve=True,
        points=["rgb_share_0_5_draw_1"],
        detectors=list(EXPERIMENTS),
        experiments=[
            ReportedExperiment(name=name, label=label, folder=f"training/{name}", rows=[f"{label} (Table 2)"])
            for name, label in EXPERIMENTS.items()
        ],
        shown="flow",
        pictures=pictures,
        group_by="person",
        length=20,
        sample_rate=5,
        max_seconds=400,
        protocols=["cross_validation", "two_folds"],
        stop_on=["held_out"],
        detectors_stop_on=["held_out"],
        final=[],
    )


def _write_videos(run: Path, predictions: pd.DataFrame) -> None:
    segments = predictions[["video_id", "start_frame", "label", "fold"]].assign(group=predictions["video_id"])
    folds = segments[["video_id", "group", "fold"]].drop_duplicates()
    (run / "segments").mkdir(parents=True)
    segments.to_parquet(run / "segments/segments.parquet")
    write_table(run / "segments/folds.tsv", folds)
    write_table(run / "segments/balance.tsv", describe_folds(segments))
    failed = [(HOSTILE_ID, "undecodable", HOSTILE_REASON), ("gone", "missing", "no readable file")]
    rows = [(video, "ok", "") for video in folds["video_id"]] + failed
    write_table(run / "resample/0.tsv", pd.DataFrame(rows, columns=["video_id", "status", "reason"]))
    labels = segments.drop_duplicates("video_id")[["video_id", "label"]]
    labels = pd.concat([labels, pd.DataFrame([(HOSTILE_ID, "signing")], columns=list(labels))])
    write_table(run / "dataset/0.labels.tsv", labels)
    statuses = pd.DataFrame([row[:2] for row in rows], columns=["video_id", "status"])
    (run / "tables").mkdir(exist_ok=True)
    count_videos(statuses, labels).to_csv(run / "tables/attrition.csv", index=False)


def _write_tables(run: Path) -> None:
    numbers = {"rgb": {"loss": 0.5128, "accuracy": 0.8501}}
    paper = {"table_2": numbers, "calibrated": numbers}
    for name, (caption, columns) in TABLES.items():
        rows = [
            {"experiment": experiment, "label": label, "folder": f"training/{experiment}"}
            for experiment, label in EXPERIMENTS.items()
        ]
        reference = "rgb" if name == "calibrated" else None
        definition = Comparison.model_validate(
            {"caption": caption, "columns": columns, "rows": rows, "reference": reference}
        )
        figure = run / f"figures/intervals_{name}.png"
        compare(name, definition, run, [1], paper, "person", ["rendered demo videos"], run / "tables" / name, figure)
    (run / "tables/dataset.csv").write_text(
        "class,videos,samples,hours,videos_paper\nsigning,2,,0.5,\ntotal,6,1200,1.25,1120\n"
    )


def _write_claims(run: Path) -> None:
    rgb, flow = EXPERIMENTS
    statement = CheckedStatement(
        says="Flow <i>alone</i> does better than images",
        where="section 5.2",
        claim=Claim(tables=["table_2"], column="loss", kind="better", experiment=flow, against=[rgb], by=-0.02),
        table="table_2",
        folders={name: f"training/{name}" for name in EXPERIMENTS},
        labels=EXPERIMENTS,
    )
    check_claims({"flow_wins": statement}, run, [1], run / "tables/claims")


def _write_signers(run: Path) -> None:
    compared = [
        ComparedExperiment(name=name, label=label, folder=f"training/{name}") for name, label in EXPERIMENTS.items()
    ]
    segments, output = run / "segments/segments.parquet", run / "tables/per_signer"
    compare_signers(compared, run, [1], segments, "person", output, run / "figures/per_signer.png")


def _write_curve(run: Path) -> None:
    write_results(run, "rgb_share_0_5_draw_1", predictions=made_predictions(seed=5))
    points = [
        CurvePoint(share=share, draw=1, folder=f"training/{name}/seed_1")
        for share, name in ((0.5, "rgb_share_0_5_draw_1"), (1.0, "rgb"))
    ]
    curve = [CurveExperiment(name="rgb", label=EXPERIMENTS["rgb"], points=points)]
    segments, output = run / "segments/segments.parquet", run / "tables/learning_curve"
    compare_shares(curve, run, segments, "person", output, run / "figures/learning_curve.png")


def _write_detection(run: Path) -> None:
    for seed, name in enumerate(EXPERIMENTS, start=3):
        windows = made_predictions(segments=60, seed=seed).rename(columns={"start_frame": "frame"})
        path = run / f"detection/windows/{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        windows.assign(time_s=windows["frame"] / 500)[WINDOW_COLUMNS].to_parquet(path)
    evaluate_detection(
        [Detector(name=name, members=[name]) for name in EXPERIMENTS],
        windows_dir=run / "detection/windows",
        group_by="person",
        decisions_file=run / "detection/decisions.json",
        output_stem=run / "tables/detection",
        stop_on=["held_out"],
    )


def _write_benchmarks(folder: Path) -> None:
    jobs = {"train_experiment/rgb/seed_1": (100.5, 900), "train_experiment/flow/seed_1": (20, 1100), "cut": (1, "NA")}
    for name, (seconds, memory) in jobs.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"s": seconds, "max_rss": memory, "cpu_time": 1.0}) + "\n")
