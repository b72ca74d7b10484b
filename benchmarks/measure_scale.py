"""Measure figures of docs/scale.md and docs/performance.md on large data sets: planning, segments, training, patches.

    .venv/bin/python benchmarks/measure_scale.py plan 51 200 2000
    .venv/bin/python benchmarks/measure_scale.py segments 1122 10000
    .venv/bin/python benchmarks/measure_scale.py training 5000 50000
    .venv/bin/python benchmarks/measure_scale.py patches 500 5000

Data are generated in a folder that is removed at the end (--folder); training on 50,000 segments takes 9 GB there.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from performance.materials import LENGTH, SEGMENTS_OF_VIDEO, make_frames, make_samples, make_segments  # noqa: E402
from performance.measuring import Run, run_measured  # noqa: E402

from signwild.base.classes import CLASSES  # noqa: E402
from signwild.base.files import write_table  # noqa: E402
from signwild.base.shards import fold_paths  # noqa: E402
from signwild.configuration.sections.classifier import LogisticClassifier  # noqa: E402
from signwild.configuration.sections.encoder import KmeansEncoder  # noqa: E402
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment  # noqa: E402
from signwild.configuration.sections.experiments.trained import TrainedExperiment  # noqa: E402
from signwild.configuration.sections.network import Network  # noqa: E402
from signwild.configuration.sections.segments import Segments  # noqa: E402
from signwild.configuration.sections.training import Training  # noqa: E402
from signwild.stages.dataset.prepare_dataset import shard_names  # noqa: E402
from signwild.stages.segments.cut_segments import SEGMENT_COLUMNS  # noqa: E402


def main() -> None:
    """Measure one thing at several sizes, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["plan", "segments", "training", "patches"])
    parser.add_argument("sizes", type=int, nargs="+", help="shards, videos or segments")
    parser.add_argument("--folder", type=Path, help="where data are made up, for a disk with room")
    arguments = parser.parse_args()
    measures = {"plan": measure_plan, "segments": measure_segments, "training": measure_training}
    measure = (measures | {"patches": measure_patches})[arguments.what]
    if arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="scale-") as folder:
            rows.append(measure(size, Path(folder)))
            print(rows[-1], file=sys.stderr, flush=True)
    print(_markdown(rows))


def measure_plan(shards: int, folder: Path) -> dict[str, object]:
    """Measure the time to plan the paper's run with this many shards, and to start one job of it on a cluster."""
    configuration = folder / "config.yaml"
    text = (ROOT / "config/paper.yaml").read_text()
    configuration.write_text(f"{text}\nshards: {shards}\n")
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    snakemake += [
        "--workflow-profile",
        ROOT / "profiles/default",
        "--cores",
        2,
        "--dry-run",
        "--configfile",
        configuration,
    ]
    planned = run_measured([*snakemake, "--quiet", "rules"])
    jobs = int(re.search(r"^total +(\d+)$", planned.printed, re.MULTILINE)[1])
    target = f"align_labels:run=paper,shard={shard_names(shards)[-1]}"
    job = run_measured(
        [
            *snakemake,
            "--quiet",
            "all",
            "--nolock",
            "--mode",
            "remote",
            "--target-jobs",
            target,
            "--allowed-rules",
            "align_labels",
        ]
    )
    return {
        "shards": shards,
        "jobs": jobs,
        "plan, CPU s": round(planned.cpu_s),
        "plan, MB": round(planned.memory_mb),
        "start of a job, CPU s": round(job.cpu_s, 1),
        "start of a job, MB": round(job.memory_mb),
    }


def measure_segments(videos: int, folder: Path) -> dict[str, object]:
    """Measure time and memory of cutting the segments of this many videos, and the sizes of the tables."""
    source = make_samples(folder, videos)
    names = {"resampled": "samples", "dataset": "videos", "labels": "labels"}
    tables = {option: sorted(source.glob(f"{name}_*.tsv")) for option, name in names.items()}
    options = {option: fold_paths([str(path) for path in paths]) for option, paths in tables.items()}
    options |= {"parameters": Segments().model_dump_json(), "max-failed-share": 0.5, "store": source / "store"}
    options |= {"frozen": folder / "folds.tsv", "output-dir": folder / "segments"}
    used = run_program("segments.cut_segments", options)
    return {
        "videos": videos,
        "segments": len(pd.read_parquet(folder / "segments/segments.parquet")),
        "cut, CPU s": round(used.cpu_s),
        "cut, MB": round(used.memory_mb),
        "shard manifest, KB": round(tables["resampled"][0].stat().st_size / 1e3, 1),
    }


def measure_training(segments: int, folder: Path) -> dict[str, object]:
    """Measure memory and speed of training on this many fc1 segments in the store, one epoch of each of two folds."""
    table = make_segments(folder, segments).iloc[:segments]
    table = table.assign(group=table["video_id"], fold=np.arange(segments) // SEGMENTS_OF_VIDEO // 3 % 2)
    manifest = table.drop_duplicates("video_id")[["video_id"]].assign(layer="fc1", rows=SEGMENTS_OF_VIDEO * LENGTH)
    manifest["key"] = [path.stem for path in table["path"].unique()]
    write_table(folder / "features.tsv", manifest)
    table[SEGMENT_COLUMNS].to_parquet(folder / "segments.parquet", index=False)
    store = folder / "features"
    # A small network, because this measures the reading and the memory that it takes.
    small, once = Network(units=16, layers=1, dense_units=16), Training(epochs=1, batch_size=128)
    experiment = TrainedExperiment(stream="rgb", layer="fc1", network=small, training=once)
    options = {"run": "scale", "name": "rgb", "seed": 1, "experiment": experiment.model_dump_json(), "length": LENGTH}
    options |= {"segments-file": folder / "segments.parquet", "features": folder / "features.tsv", "store": store}
    options |= {"tags": '{"weights": "none"}', "output-dir": folder / "training"}
    used = run_program("training.train_experiment", options)
    on_disk = sum(path.stat().st_size for path in (store / "features").iterdir())
    return {
        "segments": segments,
        "features on disk, GB": round(on_disk / 1e9, 1),
        "two epochs, s": round(used.seconds),
        "CPU s": round(used.cpu_s),
        "segments read": 2 * segments,
        "memory, MB": round(used.memory_mb),
    }


def measure_patches(segments: int, folder: Path) -> dict[str, object]:
    """Measure a classifier that learns patches from this many segments, and from as many as a video has.

    The latter are a second fold: each fold is predicted by what was learned from the other.
    """
    table = make_frames(folder, segments + SEGMENTS_OF_VIDEO, 85)
    # Classes take turns, as the second fold is a single video.
    labels = [CLASSES[number % len(CLASSES)] for number in range(len(table))]
    folds = (np.arange(len(table)) >= segments).astype(int)
    table = table.assign(group=table["video_id"], label=labels, fold=folds)
    manifest = table.drop_duplicates("video_id")[["video_id"]].assign(layer="descriptor", rows=1)
    manifest["key"] = [path.stem for path in table["path"].unique()]
    write_table(folder / "frames.tsv", manifest)
    table[SEGMENT_COLUMNS].to_parquet(folder / "segments.parquet", index=False)
    store = folder / "frames"
    experiment = ClassifiedExperiment(descriptor="learned_patches", classifier=LogisticClassifier(kind="logistic"))
    options = {"run": "scale", "name": "patches", "seed": 1, "experiment": experiment.model_dump_json()}
    options |= {"pooling": "mean", "encoder": KmeansEncoder(kind="kmeans").model_dump_json(), "length": LENGTH}
    options |= {"segments-file": folder / "segments.parquet", "features": folder / "frames.tsv", "store": store}
    options |= {"tags": '{"weights": "none"}', "output-dir": folder / "classification"}
    used = run_program("classification.classify_segments", options)
    on_disk = sum(path.stat().st_size for path in (store / "features").iterdir())
    return {
        "segments": segments,
        "frames on disk, GB": round(on_disk / 1e9, 2),
        "CPU s": round(used.cpu_s),
        "memory, MB": round(used.memory_mb),
    }


def run_program(name: str, options: dict[str, object]) -> Run:
    """Run a rule's program; ``name``: its dotted name below signwild.stages."""
    words = [str(part) for option, value in options.items() for part in (f"--{option}", value)]
    return run_measured([sys.executable, "-m", f"signwild.stages.{name}", *words])


def _markdown(rows: list[dict[str, object]]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([f"{value:,}" for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
