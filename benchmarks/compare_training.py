"""Measure the training of the paper's network in this checkout and in another one, in turn: CPU seconds a segment.

    .venv/bin/python benchmarks/compare_training.py --other ../before --segments 10000 --rounds 5
    .venv/bin/python benchmarks/compare_training.py --networks 4 --units 64 --segments 640 --rounds 3

Each build trains for one epoch and for three, from start to end; half the difference is an epoch with its validation
on some 30 segments, without start-up, compiling and the end. This checkout also trains with `precision: bfloat16`.
With `--networks` it trains so many of them with other seeds instead, one after the other and side by side; the first
row is then what the second is compared with.
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
    ways = parser.add_mutually_exclusive_group(required=True)
    ways.add_argument("--other", type=Path, help="folder of the other checkout")
    ways.add_argument("--networks", type=int, help="networks that are trained one after the other and side by side")
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--segments", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks/materials/training", help="for the input")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    segments, manifest = _make_input(args.folder, args.segments)
    builds = {"the other": (args.other, ""), "this": (ROOT, ""), "this, bfloat16": (ROOT, "bfloat16")}
    ways = {name: partial(_train, folder, precision, 1, 1, args.units) for name, (folder, precision) in builds.items()}
    if args.networks:
        counts = {"one after the other": 1, "side by side": args.networks}
        ways = {name: partial(_train, ROOT, "", args.networks, count, args.units) for name, count in counts.items()}
    ways = {
        (name, epochs): partial(way, epochs, segments, manifest, args.folder)
        for name, way in ways.items()
        for epochs in EPOCHS
    }
    runs = run_in_turn(ways, args.rounds)
    names = list(dict.fromkeys(name for name, _ in ways))
    seen = args.segments * (args.networks or 1)
    costs = {name: [_costs_of_segment(runs, name, seen, kind) for kind in ("cpu_s", "seconds")] for name in names}
    print("| build | CPU ms a segment | of the first | wall ms | of the first | CPU s of one epoch with the start |")
    print("| --- | --: | --: | --: | --: | --: |")
    for name in names:
        shown = []
        for own, first in zip(costs[name], costs[names[0]], strict=True):
            shown += [f"{1000 * statistics.median(own):.2f}", _ratios(own, first)]
        shown.append(f"{statistics.median(run.cpu_s for run in runs[name, EPOCHS[0]]):.1f}")
        print(f"| {name} | {' | '.join(shown)} |")


def _costs_of_segment(runs: dict[tuple[str, int], list[Run]], name: str, segments: int, kind: str) -> list[float]:
    """Return the seconds a segment and epoch of each round; ``kind``: of the processor or of the wall."""
    first, last = EPOCHS
    pairs = zip(runs[name, first], runs[name, last], strict=True)
    return [(getattr(long, kind) - getattr(short, kind)) / (last - first) / segments for short, long in pairs]


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


def _train(
    checkout: Path,
    precision: str,
    networks: int,
    side_by_side: int,
    units: int,
    epochs: int,
    segments: Path,
    manifest: Path,
    folder: Path,
) -> Run:
    """Train one network or several from nothing, in a store that has the features."""
    training = {"epochs": epochs, "patience": 50, "schedule": None} | ({"precision": precision} if precision else {})
    experiment = {"stream": "rgb", "layer": "fc1", "protocol": "two_folds", "training": training}
    experiment |= {"network": {"units": units}}
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
        if networks > 1:
            waiting = Path(store) / "waiting.json"
            others = [{"experiment": experiment, "features": str(manifest.resolve()), "is_final": False}]
            waiting.write_text(json.dumps([own | {"seed": seed} for own in others for seed in range(2, networks + 1)]))
            options |= {"waiting": waiting, "fits": networks, "side-by-side": side_by_side}
        words = [part for name, value in options.items() for part in (f"--{name}", value)]
        return run_measured([sys.executable, "-c", program, *words], checkout)


if __name__ == "__main__":
    main()
