"""Compare the two ways to search for faces on real clips: what each costs, and how often it keeps the same faces.

    .venv/bin/python benchmarks/compare_face_search.py --clips data/clips --labels data/clips_labels.csv

Every clip is searched from its file to the store twice, in turn: by `faces` as a run has it by default, and with
`whole_every: 1`, the exact way. Processor time includes the decoding, which is ffmpeg's. A checked sample has the same
faces if each kept face of one way overlaps one of the other by half (intersection over union), and none is left.
`--labels` names a table with the columns file and label, whose labels become rows.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from signwild.base.errors import UnusableVideo  # noqa: E402
from signwild.base.store import store_path  # noqa: E402
from signwild.configuration.sections.faces import Faces  # noqa: E402
from signwild.configuration.sections.resample import Resample  # noqa: E402
from signwild.stages.faces.face_files import read_faces  # noqa: E402
from signwild.stages.faces.finding import find_faces  # noqa: E402
from signwild.stages.faces.found_faces import FacesOfVideo  # noqa: E402
from signwild.stages.faces.haar import intersection_over_union, load_cascades  # noqa: E402
from signwild.video.container import probe_video  # noqa: E402
from signwild.video.files import VIDEO_SUFFIXES  # noqa: E402
from signwild.video.sampling import sample_frames  # noqa: E402

SAME = 0.5
"""Intersection over union from which two kept faces are one."""

COLUMNS = ["clips", "looks", "with a face", "same", "equal", "lost", "new", "exact, CPU s", "default, CPU s"]


def main() -> None:
    """Measure, and print a row a clip, and at the end a table by label."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="folder of videos")
    parser.add_argument("--labels", type=Path, help="CSV file with the columns file and label")
    parser.add_argument("--whole-every", type=int, default=Faces().whole_every, help="another value to compare")
    parser.add_argument("--seconds", type=float, default=Resample().max_seconds, help="of each clip, at most")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    labels = {} if args.labels is None else read_labels(args.labels)
    paths = sorted(path for path in args.clips.glob("*") if path.suffix.lower() in VIDEO_SUFFIXES)
    if not paths:
        raise SystemExit(f"error: {args.clips}: no folder with videos; name a folder of clips")
    rows: dict[str, list[np.ndarray]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as store:
        for path in paths:
            try:
                row = compare(path, Path(store), Faces(whole_every=args.whole_every), args.seconds)
            except UnusableVideo as problem:
                print(f"{path.name}: left out, {problem.reason}", file=sys.stderr)
                continue
            print(path.name, *(f"{value:g}" for value in row.round(2)), sep="\t", file=sys.stderr, flush=True)
            for label in (labels.get(path.name, "no label"), "all"):
                rows[label].append(row)
    print("|".join(["", "clips of", *COLUMNS, "of the exact way's time", ""]))
    print("|".join(["", *["---"] * (len(COLUMNS) + 2), ""]))
    for label in sorted(rows, key=lambda label: (label == "all", label)):
        print(_line(label, np.sum(rows[label], axis=0)))


def read_labels(path: Path) -> dict[str, str]:
    """Return the label of each file's name."""
    table = pd.read_csv(path)
    if missing := {"file", "label"} - set(table.columns):
        raise SystemExit(f"error: {path}: no column {', '.join(sorted(missing))}; it needs file and label")
    return dict(zip(table["file"], table["label"], strict=True))


def compare(path: Path, store: Path, ours: Faces, seconds: float) -> np.ndarray:
    """Find a clip's faces both ways; return the values of COLUMNS."""
    resample, exact = Resample(), ours.model_copy(update={"whole_every": 1})
    times = probe_video(path, seconds).times
    frames = sample_frames(times, resample.sample_rate, resample.max_samples, resample.low_rates == "time")
    samples, cascades = pd.DataFrame({"frame": frames, "time_s": times[frames]}), load_cascades(ours.detectors)
    found, taken = [], []
    for way in (exact, ours):
        target = store_path(store, "faces", f"{path.name}-{way.whole_every}")
        taken.append(_processor_time(lambda: find_faces(path, "", samples, target, cascades, way, threads=1)))  # noqa: B023
        found.append(read_faces(store, target.stem))
    before, now = found
    looks = range(len(before.look))
    with_face, same, equal, lost, new = np.sum([_beside(before, now, look) for look in looks], axis=0)
    return np.array([1, len(looks), with_face, same, equal, lost, new, *taken])


def _processor_time(work: Callable[[], None]) -> float:
    """Return the seconds of this process and of its finished children."""
    before = os.times()
    work()
    return sum(os.times()[:4]) - sum(before[:4])


def _beside(before: FacesOfVideo, now: FacesOfVideo, look: int) -> list[int]:
    """Compare a look: is there a face, are they the same, and also equal with their votes; faces lost and new."""
    (first, votes), (second, other_votes) = (_kept_at(faces, look) for faces in (before, now))
    near = intersection_over_union(first, second) >= SAME
    lost, new = int((~near.any(axis=1)).sum()), int((~near.any(axis=0)).sum())
    equal = np.array_equal(first, second) and np.array_equal(votes, other_votes)
    return [len(first) > 0, len(first) == len(second) and not lost and not new, equal, lost, new]


def _kept_at(faces: FacesOfVideo, look: int) -> tuple[np.ndarray, np.ndarray]:
    here = faces.kept & (faces.box_look == look)
    return faces.boxes[here], faces.votes[here]


def _line(label: str, total: np.ndarray) -> str:
    clips, looks, with_face, same, equal, lost, new, exact, default = total
    shares = [f"{100 * part / looks:.2f}%" for part in (same, equal)]
    counts = [f"{number:.0f}" for number in (clips, looks, with_face)]
    rest = [f"{lost:.0f}", f"{new:.0f}", f"{exact:.1f}", f"{default:.1f}", f"{default / exact:.2f}"]
    return "|".join(["", label, *counts, *shares, *rest, ""])


if __name__ == "__main__":
    main()
