"""Measure how bfloat16 in VGG-16 changes the predictions of a detector, on given videos.

    .venv/bin/python benchmarks/measure_precision.py results/demo/detector data/clips/*.mp4

Each video is processed twice; the recurrent networks stay as they were trained. The difference of a window is the
largest difference of its three probabilities.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402

from signwild.base.classes import PROBABILITIES  # noqa: E402
from signwild.base.errors import InputError, UnusableVideo  # noqa: E402
from signwild.exported.model import Detector, read_detector  # noqa: E402
from signwild.stages.detector.networks import VariantNetworks  # noqa: E402
from signwild.stages.detector.one_video import VideoDetector  # noqa: E402
from signwild.stages.detector.weights import find_weights  # noqa: E402

BATCH = 32


def detector_in_precision(
    detector: Detector, variant_name: str | None, weights: Path | None, precision: str
) -> VideoDetector:
    """Return the detector with VGG-16 in this precision."""
    features = detector.model.features.model_copy(update={"precision": precision})
    detector = replace(detector, model=detector.model.model_copy(update={"features": features}))
    variant = detector.variant(variant_name)
    networks = VariantNetworks(detector, variant, find_weights(detector, variant, weights), BATCH)
    return VideoDetector(detector, variant, networks, stride=1, threads=1)


def main() -> None:
    """Process each video in both precisions, and print how much the predictions differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detector", type=Path, help="folder that `make export` wrote")
    parser.add_argument("videos", type=Path, nargs="+", help="files of videos")
    parser.add_argument("--variant", help="of the detector, else its first")
    parser.add_argument("--weights", type=Path, help="file of VGG-16's weights, where the run had one of its own")
    arguments = parser.parse_args()
    try:
        detector = read_detector(arguments.detector)
    except InputError as problem:
        raise SystemExit(f"error: {problem}") from None
    detectors = [
        detector_in_precision(detector, arguments.variant, arguments.weights, precision)
        for precision in ("float32", "bfloat16")
    ]
    print("video\twindows\tmean_difference\tlargest_difference\tother_class\tother_verdict")
    differences, other_classes = [], []
    for path in arguments.videos:
        try:
            float32, bfloat16 = (one.detect(path, lambda blocks, _: blocks) for one in detectors)
        except UnusableVideo as problem:
            raise SystemExit(f"error: {path}: {problem.reason}; leave it out") from None
        answers = [found.windows[list(PROBABILITIES)].to_numpy() for found in (float32, bfloat16)]
        difference = np.abs(answers[0] - answers[1]).max(axis=1)
        other = answers[0].argmax(axis=1) != answers[1].argmax(axis=1)
        differences.append(difference)
        other_classes.append(other)
        verdicts = "yes" if float32.verdict != bfloat16.verdict else "no"
        print(_line(path.name, difference, other, verdicts), flush=True)
    print(_line("all", np.concatenate(differences), np.concatenate(other_classes), ""))


def _line(name: str, difference: np.ndarray, other: np.ndarray, verdict: str) -> str:
    """Return a row; ``difference`` (n,): the largest of each window; ``other`` (n,): whether its class differs."""
    return f"{name}\t{len(other)}\t{difference.mean():.4f}\t{difference.max():.4f}\t{other.sum()}\t{verdict}"


if __name__ == "__main__":
    main()
