"""Measure the training of the paper's network in this checkout and in another one, in turn: CPU seconds a segment.

    .venv/bin/python benchmarks/compare_training.py --other ../before --segments 10000 --rounds 5

Each build trains for one epoch and for three, from start to end; half the difference is an epoch with its validation
on some 30 segments, without start-up, compiling and the end. This checkout also trains with `precision: bfloat16`.
"""

import argparse
import json
import statistics
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "scripts")]

from performance.builds import run_in_turn  # noqa: E402
from performance.materials import LENGTH, make_segments  # noqa: E402
from performance.measuring import Run, run_measured  # noqa: E402

from signwild.base.files import write_table  # noqa: E402

EPOCHS = (1, 3)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", type=Path, required=True, help="folder of the other checkout")
    parser.add_argument("--segments", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks/materials/training", help="for the input")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    segments, manifest = _make_input(args.folder, args.segments)
    builds = {"the other": (args.other, ""), "this": (ROOT, ""), "this, bfloat16": (ROOT, "bfloat16")}
    ways = {
        (build, epochs): partial(_train, folder, precision, epochs, segments, manifest, args.folder)
        for build, (folder, precision) in builds.items()
        for epochs in EPOCHS
    }
    runs = run_in_turn(ways, args.rounds)
    costs = {build: _cost_of_segment(runs, build, args.segments) for build in builds}
    print("| build | CPU ms a segment | of the other's | CPU s of one epoch with the start | of the other's |")
    print("| --- | --: | --: | --: | --: |")
    for build, own in costs.items():
        whole = [[run.cpu_s for run in runs[name, EPOCHS[0]]] for name in (build, "the other")]
        shown = [f"{1000 * statistics.median(own):.2f}", _ratios(own, costs["the other"])]
        shown += [f"{statistics.median(whole[0]):.1f}", _ratios(*whole)]
        print(f"| {build} | {' | '.join(shown)} |")


def _cost_of_segment(runs: dict[tuple[str, int], list[Run]], build: str, segments: int) -> list[float]:
    """Return the CPU seconds a segment and epoch of each round."""
    first, last = EPOCHS
    pairs = zip(runs[build, first], runs[build, last], strict=True)
    return [(long.cpu_s - short.cpu_s) / (last - first) / segments for short, long in pairs]


def _ratios(own: list[float], others: list[float]) -> str:
    """Return the median and the range of the rounds' ratios."""
    ratios = [one / other for one, other in zip(own, others, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _make_input(folder: Path, count: int) -> tuple[Path, Path]:
    """Write segments with their features; return the files of the segments and of the manifest."""
    table = make_segments(folder, count)
    manifest = pd.DataFrame({"video_id": table["video_id"], "key": [path.stem for path in table["path"]]})
    write_table(folder / "features.tsv", manifest.drop_duplicates().assign(layer="fc1"))
    # The first fold trains and the second is held out.
    columns = ["video_id", "start_frame", "label", "fold"]
    table[columns].assign(group=table["video_id"]).to_parquet(folder / "segments.parquet", index=False)
    return folder / "segments.parquet", folder / "features.tsv"


def _train(checkout: Path, precision: str, epochs: int, segments: Path, manifest: Path, folder: Path) -> Run:
    """Train from nothing, in a store that has the features."""
    training = {"epochs": epochs, "patience": 50, "schedule": None} | ({"precision": precision} if precision else {})
    experiment = {"stream": "rgb", "layer": "fc1", "protocol": "two_folds", "network": {}, "training": training}
    with TemporaryDirectory(dir=folder) as store:
        (Path(store) / "features").symlink_to((folder / "features/features").resolve())
        program = "import runpy, sys; sys.path.insert(0, 'scripts'); sys.argv[0] = 'train_experiment'; "
        program += "runpy.run_module('signwild.stages.training.train_experiment', run_name='__main__')"
        options = {
            "run": "measured",
            "name": "rgb",
            "seed": 1,
            "experiment": json.dumps(experiment),
            "length": LENGTH,
            "segments-file": segments.resolve(),
            "features": manifest.resolve(),
            "store": store,
            "tags": "{}",
            "output-dir": f"{store}/result",
            "keep-every": 1000,
            "threads": 1,
        }
        words = [part for name, value in options.items() for part in (f"--{name}", value)]
        return run_measured([sys.executable, "-c", program, *words], checkout)


if __name__ == "__main__":
    main()
