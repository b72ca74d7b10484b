"""Measure the networks that read images beside VGG-16, in turn: processor seconds an image, and their ratios.

    .venv/bin/python benchmarks/compare_networks.py --rounds 5 --precision bfloat16

Each network reads batches of 32 images with random weights of a fixed seed, to its default layer, on one thread.
Ratios are computed within a round; their median and range are printed. Compilation is excluded.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "KERAS_BACKEND": "tensorflow"}

import numpy as np  # noqa: E402

from signwild.configuration.sections.features import BACKBONES  # noqa: E402
from signwild.stages.features.backbones import build_backbone  # noqa: E402
from signwild.stages.features.vgg16 import build_extractor  # noqa: E402
from signwild.stages.weights.receipt import PreparedWeights  # noqa: E402

BATCH = 32


def network(name: str, image_size: int, precision: str):
    """Return a network of random weights, from images to its default layer."""
    own = BACKBONES[name]
    weights, wanted = PreparedWeights("random-1", "", own.preprocessing, 1), [next(iter(own.layers))]
    values = (weights, image_size, 3, wanted, True, False, precision)
    return build_extractor(*values) if name == "vgg16" else build_backbone(name, *values)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    args = parser.parse_args()
    size = args.image_size
    images = np.random.default_rng(0).integers(0, 256, (BATCH, size, size, 3), np.uint8)
    networks = {name: network(name, size, args.precision) for name in BACKBONES}
    for own in networks.values():
        own.predict_on_batch(images)
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(args.rounds):
        for name, own in networks.items():
            start = time.process_time()
            own.predict_on_batch(images)
            seconds[name].append((time.process_time() - start) / BATCH)
    print("| network | ms an image | images in the time of one of VGG-16 |\n|---|--:|--:|")
    for name, own in seconds.items():
        ratios = [theirs / ours for theirs, ours in zip(seconds["vgg16"], own, strict=True)]
        shown = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {BACKBONES[name].title} | {1000 * median(own):.1f} | {shown} |")


if __name__ == "__main__":
    main()
