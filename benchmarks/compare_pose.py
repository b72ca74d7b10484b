"""Compare a person's points, and what they cost, with those that MediaPipe Holistic finds in the same pictures.

    python3.11 -m venv /tmp/mediapipe && /tmp/mediapipe/bin/pip install mediapipe==0.10.21
    .venv/bin/python benchmarks/compare_pose.py --mediapipe /tmp/mediapipe/bin/python data/clips/*.mp4

Holistic runs in the mode for single pictures (static_image_mode): like us, it searches for the body in each picture
and follows the hands. Distances are in shoulder widths; both get 5 pictures per second, reduced as for the descriptor.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402

from signwild.stages.descriptors.footage import Footage  # noqa: E402
from signwild.stages.descriptors.pose.description import describe_people  # noqa: E402
from signwild.stages.descriptors.pose.networks import Networks  # noqa: E402
from signwild.stages.descriptors.pose.points import PARTS  # noqa: E402
from signwild.stages.weights.packaged_pose import FOLDER, packaged_pose  # noqa: E402
from signwild.video.container import probe_video  # noqa: E402
from signwild.video.sampling import sample_frames  # noqa: E402

CLOSE = 0.02
"""Largest distance of points that count as the same, in shoulder widths."""

MEDIAPIPE = """
import sys
from time import process_time
import mediapipe
import numpy as np

pictures = np.load(sys.argv[1])
height, width = pictures.shape[1:3]
holistic = mediapipe.solutions.holistic.Holistic(static_image_mode=True, model_complexity=1)
points = np.full((len(pictures), 67, 2), np.nan)
holistic.process(np.ascontiguousarray(pictures[0]))
started = process_time()
for picture, own in zip(pictures, points):
    found = holistic.process(np.ascontiguousarray(picture))
    parts = found.pose_landmarks, found.left_hand_landmarks, found.right_hand_landmarks
    for first, end, part in zip((0, 25, 46), (25, 46, 67), parts):
        if part:
            own[first:end] = [[mark.x * width, mark.y * height] for mark in part.landmark[: end - first]]
np.savez(sys.argv[2], points=points, seconds=process_time() - started)
"""


def sampled(path: Path, most: int, short_side: int) -> np.ndarray:
    """Return the first samples of a video as pictures (n, h, w, 3) RGB uint8."""
    times = probe_video(path, 1e6).times
    samples = sample_frames(times, 5, most)
    return np.stack(list(Footage(path, samples, len(times), 1, 1).sample_pictures(short_side)))


def of_mediapipe(pictures: np.ndarray, python: Path) -> tuple[np.ndarray, float]:
    """Return the points (n, 67, 2) that Holistic finds, NaN for a part that it does not see, and its CPU seconds.

    One picture before the clock starts sets its networks up.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "pictures.npy"), Path(folder, "points.npz")
        np.save(given, pictures)
        subprocess.run([python, "-c", MEDIAPIPE, given, found], check=True, stderr=subprocess.DEVNULL)
        with np.load(found) as read:
            return read["points"], float(read["seconds"])


def main() -> None:
    """Compare video by video, and print a line for each and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path, nargs="+", help="files of videos")
    parser.add_argument("--mediapipe", type=Path, required=True, help="a Python with mediapipe 0.10.21")
    parser.add_argument("--samples", type=int, default=50, help="pictures of each video at most")
    parser.add_argument("--short-side", type=int, default=480, help="of the pictures, in pixels")
    arguments = parser.parse_args()
    networks = Networks(packaged_pose(ROOT / FOLDER))
    describe_people(np.zeros((1, 480, 640, 3), np.uint8), networks)
    distances, agreeing = {"body": [], "hands": []}, {"body": [], "hands": []}
    pictures_seen, seconds, their_seconds = 0, 0.0, 0.0
    print("video\tpictures\tbody_close\tbody_agree\thands_close\thands_agree\tseveral_people")
    for path in arguments.videos:
        pictures = sampled(path, arguments.samples, arguments.short_side)
        theirs, spent = of_mediapipe(pictures, arguments.mediapipe)
        their_seconds += spent
        started = process_time()
        ours = describe_people(pictures, networks)
        seconds += process_time() - started
        pictures_seen += len(pictures)
        own = {name: [] for name in distances}
        agree = {name: [] for name in distances}
        shoulders = np.hypot(*(ours["points"][:, 11] - ours["points"][:, 12]).T)[:, None]
        apart = np.hypot(*np.moveaxis(ours["points"] - theirs, -1, 0)) / np.maximum(shoulders, 1)
        for part, points in enumerate(PARTS):
            name = "hands" if part else "body"
            there = ~np.isnan(theirs[:, points.start, 0])
            both = there & ours["seen"][:, part]
            own[name].append(apart[both, points].ravel())
            agree[name].append(there == ours["seen"][:, part])
        for name in distances:
            distances[name] += own[name]
            agreeing[name] += agree[name]
        several = int((ours["people"] > 1).sum())
        print(f"{path.name}\t{len(pictures)}\t{_figures(own, agree)}\t{several}", flush=True)
    print(f"all\t{pictures_seen}\t{_figures(distances, agreeing)}\t")
    together = np.concatenate(distances["body"] + distances["hands"])
    quantiles = ", ".join(f"{value:.4f}" for value in np.quantile(together, [0.5, 0.9, 0.95, 0.99]))
    print(f"{100 * (together <= CLOSE).mean():.2f}% of {len(together)} points within {CLOSE} shoulder widths")
    print(f"distances at 50, 90, 95, 99%: {quantiles}")
    ours_ms, theirs_ms = (1000 * spent / pictures_seen for spent in (seconds, their_seconds))
    print(f"CPU ms a picture: {ours_ms:.1f}, Holistic {theirs_ms:.1f}; {ours_ms / theirs_ms:.2f} of its time")


def _figures(distances: dict[str, list[np.ndarray]], agreeing: dict[str, list[np.ndarray]]) -> str:
    """Return the percentages of points that are close, and of pictures in which both or neither see the part."""
    columns = []
    for name in distances:
        close = np.concatenate(distances[name]) <= CLOSE
        columns += [
            f"{100 * close.mean():.1f}" if len(close) else "",
            f"{100 * np.concatenate(agreeing[name]).mean():.1f}",
        ]
    return "\t".join(columns)


if __name__ == "__main__":
    main()
