"""Measures what docs/scale.md says of large data sets: planning, the start of a job, segments, and training.

    export PYTHONPATH=scripts
    .venv/bin/python benchmarks/measure_scale.py plan 51 200 2000
    .venv/bin/python benchmarks/measure_scale.py segments 1122 10000
    .venv/bin/python benchmarks/measure_scale.py training 5000 50000

Data are made up, in a folder that is removed at the end (--folder); training on 50,000 segments takes 9 GB there.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.dataset import shard_names
from signwild.extraction import write_features
from signwild.files import write_table
from signwild.parameters.experiment import TrainedExperiment
from signwild.parameters.network import Network
from signwild.parameters.segments import Segments
from signwild.parameters.training import Training
from signwild.resample import MANIFEST_COLUMNS
from signwild.shard_paths import fold_paths
from signwild.store import new_store_file, store_path
from signwild.vocabulary import CLASSES

ROOT = Path(__file__).resolve().parent.parent
LENGTH = 20
SAMPLES = 1293
"""Samples of a video of the paper's data set: 1.45 million of 1,122 videos."""

FC1 = 4096


@dataclass(frozen=True)
class Used:
    """What a program took: seconds of the clock and of the processor, its largest memory in MB, what it printed."""

    seconds: float
    cpu_s: float
    memory_mb: float
    printed: str


def main() -> None:
    """Measure one thing at several sizes, and print a table of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["plan", "segments", "training"])
    parser.add_argument("sizes", type=int, nargs="+", help="shards, videos or segments")
    parser.add_argument("--folder", type=Path, help="where data are made up, for a disk with room")
    arguments = parser.parse_args()
    measure = {"plan": measure_plan, "segments": measure_segments, "training": measure_training}[arguments.what]
    rows = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="scale-") as folder:
            rows.append(measure(size, Path(folder)))
            print(rows[-1], file=sys.stderr, flush=True)
    print(_markdown(rows))


def measure_plan(shards: int, folder: Path) -> dict[str, object]:
    """Time to plan the paper's run with so many shards, and to start one job of it on a cluster."""
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
    planned = run([*snakemake, "--quiet", "rules"])
    jobs = int(re.search(r"^total +(\d+)$", planned.printed, re.MULTILINE)[1])
    target = f"align_labels:run=paper,shard={shard_names(shards)[-1]}"
    job = run(
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
    """Time and memory of cutting the segments of so many videos, and the sizes of the tables."""
    shards = shard_names(max(1, videos // 22))
    store, tables = folder / "store", {name: [] for name in ("samples", "videos", "labels")}
    random = np.random.default_rng(0)
    rows = {name: [[] for _ in shards] for name in tables}
    frames = 6 * np.arange(SAMPLES)
    for number in range(videos):
        video, shard, key = f"video-{number:06d}", number % len(shards), f"key{number:017d}"
        with new_store_file(store_path(store, "resample", key), [key], 1.0) as file:
            file["frame"], file["time_s"] = frames, frames / 30
        facts = {"video_id": video, "status": "ok", "key": key, "rows": SAMPLES, "sha256": "0" * 64, "bytes": 1}
        rows["samples"][shard].append([facts.get(name, "") for name in MANIFEST_COLUMNS])
        rows["videos"][shard].append([video, f"group {number}"])
        rows["labels"][shard].append([video, "seconds", 0, frames[-1] / 30 + 1, CLASSES[random.integers(3)]])
    columns = {
        "samples": MANIFEST_COLUMNS,
        "videos": ["video_id", "group"],
        "labels": ["video_id", "unit", "start", "end", "label"],
    }
    for name, of_shards in rows.items():
        for shard, content in zip(shards, of_shards, strict=True):
            path = folder / name / f"{shard}.tsv"
            write_table(path, pd.DataFrame(content, columns=columns[name]))
            tables[name].append(str(path))
    options = {name: fold_paths(paths) for name, paths in tables.items()}
    options |= {"parameters": Segments().model_dump_json(), "max-failed-share": 0.5, "store": store}
    options |= {"frozen": folder / "folds.tsv", "output-dir": folder / "segments"}
    used = run_program("cut_segments", options)
    return {
        "videos": videos,
        "segments": len(pd.read_parquet(folder / "segments/segments.parquet")),
        "cut, CPU s": round(used.cpu_s),
        "cut, MB": round(used.memory_mb),
        "shard manifest, KB": round(Path(tables["samples"][0]).stat().st_size / 1e3, 1),
    }


def measure_training(segments: int, folder: Path) -> dict[str, object]:
    """Memory and pace of training on so many segments of fc1 from the store: one epoch of each of two folds."""
    store, manifest, rows = folder / "store", [], []
    per_video = 45  # about the paper's 50,000 segments of 1,122 videos
    noise = np.random.default_rng(0).normal(size=(per_video * LENGTH, FC1)).astype(np.float16)
    frames = 6 * np.arange(len(noise))
    for number in range(-(-segments // per_video)):
        video, key = f"video {number:06d}", f"key{number:017d}"
        write_features(store_path(store, "features", key), key, np.roll(noise, number, axis=1), frames)
        manifest.append([video, "fc1", key, len(noise)])
        starts = frames[::LENGTH][: segments - len(rows)]
        rows += [[video, video, start, CLASSES[number % 3], number // 3 % 2] for start in starts]
    write_table(folder / "features.tsv", pd.DataFrame(manifest, columns=["video_id", "layer", "key", "rows"]))
    columns = ["video_id", "group", "start_frame", "label", "fold"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "segments.parquet", index=False)
    # A small network: what is measured is the reading, and what is kept of it.
    small, once = Network(units=16, layers=1, dense_units=16), Training(epochs=1, batch_size=128)
    experiment = TrainedExperiment(stream="rgb", layer="fc1", network=small, training=once)
    options = {"run": "scale", "name": "rgb", "seed": 1, "parameters": experiment.model_dump_json(), "length": LENGTH}
    options |= {"segments": folder / "segments.parquet", "features": folder / "features.tsv", "store": store}
    used = run_program("train_experiment", options | {"tags": '{"weights": "none"}', "output-dir": folder / "training"})
    on_disk = sum(path.stat().st_size for path in (store / "features").iterdir())
    return {
        "segments": segments,
        "features on disk, GB": round(on_disk / 1e9, 1),
        "two epochs, s": round(used.seconds),
        "CPU s": round(used.cpu_s),
        "segments read": 2 * segments,
        "memory, MB": round(used.memory_mb),
    }


def run_program(name: str, options: dict[str, object]) -> Used:
    """Run one of the workflow's programs."""
    words = [str(part) for option, value in options.items() for part in (f"--{option}", value)]
    return run([sys.executable, "-m", name, *words])


def run(command: list[object]) -> Used:
    """Run a command to its end and take its measure; raises RuntimeError with what it printed where it fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    with tempfile.TemporaryFile("w+") as printed:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], env=environment, stdout=printed, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        printed.seek(0)
        text = printed.read()
    if status:
        raise RuntimeError(f"{command[2]} failed:\n{text[-3000:]}")
    return Used(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def _markdown(rows: list[dict[str, object]]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([f"{value:,}" for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
