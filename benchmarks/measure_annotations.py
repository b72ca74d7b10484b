"""Measure the figures of docs/performance.md on annotations: adding proposals to .eaf files, and comparing such files.

    .venv/bin/python benchmarks/measure_annotations.py proposals 1000
    .venv/bin/python benchmarks/measure_annotations.py agreement 1000

The files, of an hour each, are generated in a folder that is removed at the end (--folder). The program is started as a
user starts it, and its start is part of the figures.
"""

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

import pandas as pd  # noqa: E402
from performance.measuring import run_measured  # noqa: E402

from signwild.base.classes import CLASSES  # noqa: E402
from signwild.exported.folder import STARTER  # noqa: E402
from signwild.exported.model import read_detector  # noqa: E402
from signwild.stages.dataset.elan_writer import write_eaf  # noqa: E402
from signwild.stages.detector.kept_results import RESULT, SOURCE  # noqa: E402

HOUR_MS = 3_600_000
TIERS = 4
ANNOTATIONS = 4000
"""Annotations of a file, over all its tiers."""

SEGMENTS = 600
"""Segments that a detector found in an hour."""


def main() -> None:
    """Measure one thing for a number of files, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["proposals", "agreement"])
    parser.add_argument("files", type=int)
    parser.add_argument("--folder", type=Path, help="where files are made up, for a disk with room")
    arguments = parser.parse_args()
    if arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="annotations-") as folder:
        row = {"proposals": measure_proposals, "agreement": measure_agreement}[arguments.what](
            arguments.files, Path(folder)
        )
    print(f"| {' | '.join(row)} |\n|{' --: |' * len(row)}\n| {' | '.join(f'{value:,}' for value in row.values())} |")


def measure_proposals(files: int, folder: Path) -> dict[str, float]:
    """Measure adding ready proposals to this many files with many annotations, as tiers of their own."""
    detector = read_detector(STARTER)
    about = {"detector": detector.identity, "variant": detector.variant(None).name}
    generator, size = random.Random(1), 0
    for name in (f"v{number:05}" for number in range(files)):
        video = folder / "videos" / f"{name}.mp4"
        _write(video, name)
        size += _write(folder / "annotations" / f"{name}.eaf", _eaf(generator, f"../videos/{video.name}"))
        _write_result(folder / "found" / name, video, about, generator)
    os.sync()
    program = [sys.executable, ROOT / "scripts/propose_annotations.py", folder / "annotations", "--out"]
    used = run_measured([*program, folder / "found"])
    if f"{files:,} of {files:,} .eaf files have proposals" not in used.printed:
        raise RuntimeError(used.printed[-3000:])
    again = run_measured([*program, folder / "found"])
    return {
        "files": files,
        "annotations in each": ANNOTATIONS,
        "proposals for each": SEGMENTS,
        "MB of files": round(size / 1e6),
        "s": round(used.seconds, 1),
        "CPU s": round(used.cpu_s, 1),
        "memory, MB": round(used.memory_mb),
        "s, with nothing to add": round(again.seconds, 1),
    }


def measure_agreement(files: int, folder: Path) -> dict[str, float]:
    """Measure comparing this many pairs of files, of which the second have other borders, and some other classes."""
    generator = random.Random(1)
    for number in range(files):
        borders = [0, *sorted(generator.sample(range(1, HOUR_MS), SEGMENTS - 1)), HOUR_MS]
        labels = [CLASSES[place % len(CLASSES)] for place in range(SEGMENTS)]
        for name in ("first", "second"):
            own = pd.DataFrame({"start_s": borders[:-1], "end_s": borders[1:], "label": labels})
            own[["start_s", "end_s"]] /= 1000
            write_eaf(folder / name / f"v{number:05}.eaf", folder / "v.mp4", own, "")
            moved = (border + round(generator.gauss(0, 300)) for border in borders)
            borders = sorted(min(max(border, 0), HOUR_MS) for border in moved)
            labels = [label if generator.random() < 0.95 else "other" for label in labels]
    program = [sys.executable, ROOT / "scripts/compare_annotations.py", "--out", folder / "out"]
    used = run_measured([*program, folder / "first", folder / "second"])
    return {
        "pairs": files,
        "annotations in each file": SEGMENTS,
        "s": round(used.seconds, 1),
        "CPU s": round(used.cpu_s, 1),
        "memory, MB": round(used.memory_mb),
    }


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_text(text, encoding="utf-8")


def _write_result(folder: Path, video: Path, about: dict[str, str], generator: random.Random) -> None:
    """Write what the program reads of a detector's results of a video."""
    borders = [0, *sorted(generator.sample(range(1, HOUR_MS), SEGMENTS - 1)), HOUR_MS]
    segments = [
        {
            "start_s": start / 1000,
            "end_s": end / 1000,
            "label": CLASSES[number % len(CLASSES)],
            "probability": round(generator.uniform(0.4, 1), 4),
            "unsure": False,
        }
        for number, (start, end) in enumerate(pairwise(borders))
    ]
    result = {"file": video.name, "duration_s": HOUR_MS / 1000, "footage_s": HOUR_MS / 1000, "verdict": "signing"}
    result |= {"signing_share": 0.5, "signing_s": 1800.0, "signing_probability": 0.5, "flags": []}
    _write(folder / RESULT, json.dumps(result | about | {"segments": segments}))
    status, sha256 = video.stat(), hashlib.sha256(video.read_bytes()).hexdigest()
    source = {"path": str(video), "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
    source |= {"link": os.path.relpath(video, folder), "sha256": sha256, "stride": 1}
    _write(folder / SOURCE, json.dumps(source))


def _eaf(generator: random.Random, video: str) -> str:
    """Return a file in ELAN's form with ANNOTATIONS on TIERS, linked to a video."""
    times = sorted(generator.sample(range(HOUR_MS), 2 * ANNOTATIONS))
    slots = [f'        <TIME_SLOT TIME_SLOT_ID="ts{n}" TIME_VALUE="{time}"/>' for n, time in enumerate(times, start=1)]
    tiers = []
    for tier in range(TIERS):
        rows = [
            f'        <ANNOTATION>\n            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" '
            f'TIME_SLOT_REF1="ts{2 * n - 1}" TIME_SLOT_REF2="ts{2 * n}">\n'
            f"                <ANNOTATION_VALUE>GLOSS {n}</ANNOTATION_VALUE>\n"
            "            </ALIGNABLE_ANNOTATION>\n        </ANNOTATION>"
            for n in range(tier + 1, ANNOTATIONS + 1, TIERS)
        ]
        tiers.append(
            f'    <TIER LINGUISTIC_TYPE_REF="gloss" TIER_ID="tier {tier}">\n' + "\n".join(rows) + "\n    </TIER>"
        )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-01-01T00:00:00Z" FORMAT="3.0" VERSION="3.0">',
            '    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">',
            f'        <MEDIA_DESCRIPTOR MEDIA_URL="file:///gone" MIME_TYPE="video/mp4" RELATIVE_MEDIA_URL="{video}"/>',
            f'        <PROPERTY NAME="lastUsedAnnotationId">{ANNOTATIONS}</PROPERTY>',
            "    </HEADER>",
            "    <TIME_ORDER>",
            *slots,
            "    </TIME_ORDER>",
            *tiers,
            '    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="gloss" TIME_ALIGNABLE="true"/>',
            "</ANNOTATION_DOCUMENT>\n",
        ]
    )


if __name__ == "__main__":
    main()
