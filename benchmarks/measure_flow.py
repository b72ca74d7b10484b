"""Measure the time of a field of optical flow with each algorithm, on one thread, on frames of given videos.

    .venv/bin/python benchmarks/measure_flow.py data/clips/*.mp4

The algorithms take turns on each pair of frames. Milliseconds are medians over all pairs, of wall and processor time.
"""

import argparse
import sys
import time
from itertools import pairwise, product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from signwild.configuration.sections.flow import FlowStream  # noqa: E402
from signwild.stages.streams.flow import flow_field  # noqa: E402

ALGORITHMS = {
    "farneback": FlowStream(kind="flow"),
    "dis medium": FlowStream(kind="flow", algorithm="dis"),
    "dis fast": FlowStream(kind="flow", algorithm="dis", dis_preset="fast"),
    "dis ultrafast": FlowStream(kind="flow", algorithm="dis", dis_preset="ultrafast"),
}


def grey_frames(path: Path, count: int, side: int) -> list[np.ndarray]:
    """Return the first frames of a video, each (side, side) uint8."""
    video, frames = cv2.VideoCapture(str(path)), []
    while len(frames) < count:
        there, frame = video.read()
        if not there:
            break
        frames.append(cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), (side, side), interpolation=cv2.INTER_AREA))
    if len(frames) < 2:
        raise SystemExit(f"error: {path}: fewer than two frames can be read; leave it out")
    return frames


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path, nargs="+", help="files of videos")
    parser.add_argument("--frames", type=int, default=31, help="frames that are taken of each")
    parser.add_argument("--side", type=int, default=224, help="side of the images in pixels")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    taken = {name: [] for name in ALGORITHMS}
    for path in args.videos:
        pairs = pairwise(grey_frames(path, args.frames, args.side))
        for (first, second), (name, stream) in product(pairs, ALGORITHMS.items()):
            wall, processor = time.perf_counter(), time.thread_time()
            flow_field(first, second, stream)
            taken[name].append((time.perf_counter() - wall, time.thread_time() - processor))
    print("algorithm\tfields\twall_ms\tprocessor_ms")
    for name, seconds in taken.items():
        wall, processor = 1000 * np.median(seconds, axis=0)
        print(f"{name}\t{len(seconds)}\t{wall:.2f}\t{processor:.2f}")


if __name__ == "__main__":
    main()
