"""Measure detection with --quick beside the full pass, in turn, on long videos that are joined from labelled clips.

    .venv/bin/python benchmarks/measure_quick.py --clips clips --folder /tmp/joined --minutes 30 --signing 0.1

``--clips``: a folder of videos with a labels.csv that has the columns file and label, as for `make starter`. Each clip
is brought to 720p30 and encoded once, at most LONGEST_S of it, with x264's usual distance of key frames, or that of
``--key-frames``; a joined video repeats clips that do not sign, between passages of clips that do. What is
measured is whether a quick pass finds what the full pass finds, so it does not matter much that a detector was trained
on a clip; that it is surer of such clips does: see docs/performance.md. With ``--form bordered``, pictures have the
borders of their aspect ratio, which the shipped detector has hardly seen, and is less sure of.
"""

import argparse
import json
import random
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

from performance.builds import run_in_turn  # noqa: E402
from performance.measuring import Run, run_measured  # noqa: E402

from signwild.base.classes import PROBABILITIES  # noqa: E402
from signwild.exported.folder import STARTER  # noqa: E402

LONGEST_S = 15
"""Seconds used of a clip, at most."""

PASSAGE_S = 30
"""Approximate length of a passage of signing."""

COLOURS = "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0"
"""A filter of ffmpeg that states the same colours for all clips: a video whose form changes gets the full pass."""

FORMS = {
    "stretched": "scale=1280:720",
    "bordered": "scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:-1:-1",
}
"""How a clip fills 720p, as ffmpeg's filters. Stretched, it gives the detector's networks what it gives by itself."""

OVERLAP = 0.5
"""Intersection over union from which a segment of the full pass counts as found."""


COLUMNS = ["video", "CPU s a second, full pass", "quick pass", "of the full pass", "signing found"]
COLUMNS += ["in full", "largest difference", "verdicts"]


@dataclass(frozen=True)
class Detection:
    """A way to detect: by the quick or by the full pass, of one variant (None: the detector's first)."""

    is_quick: bool
    model: Path
    variant: str | None

    def run(self, video: Path, out: Path) -> Run:
        """Detect in a separate process, into ``out``."""
        words = [sys.executable, ROOT / "scripts/detect_signing.py", "--model", self.model, "--out", out, video]
        words += ["--quick"] if self.is_quick else []
        words += ["--variant", self.variant] if self.variant else []
        run_measured(["rm", "-rf", out])
        return run_measured(words)


def encoded_clips(clips: Path, folder: Path, form: str, key_frames: int) -> dict[str, list[Path]]:
    """Return files of 720p30 by label, which are encoded where ``folder`` lacks them.

    ``form``: one of FORMS. ``key_frames``: frames from one to the next, at most.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_label: dict[str, list[Path]] = {}
    for row in pd.read_csv(clips / "labels.csv").itertuples():
        path = folder / f"{Path(row.file).stem}_{form}_{key_frames}.mp4"
        if not path.exists():
            codec = ["-c:v", "libx264", "-preset", "veryfast", "-g", key_frames, "-bsf:v", COLOURS]
            codec += ["-video_track_timescale", 15360]
            filters = f"{FORMS[form]},setsar=1,fps=30,format=yuv420p"
            _ffmpeg(
                "-t", LONGEST_S, "-i", clips / row.file, "-an", "-vf", filters, *codec, path.with_suffix(".part.mp4")
            )
            path.with_suffix(".part.mp4").rename(path)
        by_label.setdefault(row.label, []).append(path)
    return by_label


def join_clips(by_label: dict[str, list[Path]], path: Path, minutes: float, share: float, seed: int) -> Path:
    """Write a video of so many minutes in which about ``share`` of the time shows signing, in passages."""
    draw = random.Random(seed)
    signing = by_label["signing"]
    others = [clip for label, clips in by_label.items() if label != "signing" for clip in clips]
    passages = [_take(signing, PASSAGE_S, draw) for _ in range(round(60 * minutes * share / PASSAGE_S))]
    rest = [[clip] for clip in _take(others, 60 * minutes * (1 - share), draw)]
    order = passages + rest
    draw.shuffle(order)
    listed = path.with_suffix(".txt")
    listed.write_text("".join(f"file '{clip.resolve()}'\n" for group in order for clip in group))
    _ffmpeg("-f", "concat", "-safe", 0, "-i", listed, "-c", "copy", path)
    return path


def _take(clips: list[Path], seconds: float, draw: random.Random) -> list[Path]:
    """Return clips in random order, again and again, of about so many seconds together."""
    taken: list[Path] = []
    while sum(map(_seconds, taken)) < seconds:
        taken += draw.sample(clips, len(clips))
    while len(taken) > 1 and sum(map(_seconds, taken[:-1])) >= seconds:
        taken.pop()
    return taken


def _seconds(clip: Path, known: dict[Path, float] = {}) -> float:  # noqa: B006
    if clip not in known:
        known[clip] = imageio_ffmpeg.count_frames_and_secs(str(clip))[1]
    return known[clip]


def _ffmpeg(*arguments: object) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-nostdin", *map(str, arguments)], check=True)


def signing_spans(out: Path) -> np.ndarray:
    """Return start and end of the segments of signing, (n, 2), of the one video in a folder of results."""
    segments = pd.read_csv(next(out.glob("*/segments.csv")))
    return segments[segments["label"] == "signing"][["start_s", "end_s"]].to_numpy()


def count_found(wanted: np.ndarray, found: np.ndarray) -> int:
    """Return how many of the spans ``wanted``, (n, 2), have one in ``found``, (m, 2), that overlaps by OVERLAP."""
    number = 0
    for start, end in wanted:
        both = np.minimum(found[:, 1], end) - np.maximum(found[:, 0], start)
        either = np.maximum(found[:, 1], end) - np.minimum(found[:, 0], start)
        number += bool((both / either >= OVERLAP).any())
    return number


def compare_windows(full: Path, quick: Path) -> tuple[float, float]:
    """Return the share of the windows that a quick pass has, and the largest difference from those of the full pass."""
    ours, all_windows = (pd.read_parquet(next(out.glob("*/windows.parquet"))) for out in (quick, full))
    both = ours.merge(all_windows, on=["frame", "time_s"], suffixes=("", "_full"), validate="1:1")
    if len(both) < len(ours):
        raise RuntimeError(f"{len(ours) - len(both)} windows of the quick pass are not among those of the full one")
    differences = [(both[name] - both[f"{name}_full"]).abs().max() for name in PROBABILITIES]
    return len(ours) / len(all_windows), float(max(differences)) if len(ours) else 0.0


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="folder of videos with a labels.csv")
    parser.add_argument(
        "--folder", type=Path, required=True, help="folder for encoded clips, joined videos and results"
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--signing", type=float, default=0.1, help="share of the time")
    parser.add_argument("--form", choices=FORMS, default="stretched", help="how clips fill the picture")
    parser.add_argument("--key-frames", type=int, default=250, help="frames from one key frame to the next, at most")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one joined video for each")
    parser.add_argument("--model", type=Path, default=STARTER, help="detector")
    parser.add_argument("--variant", help="of the detector, else its first")
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    clips = encoded_clips(args.clips, args.folder / "clips", args.form, args.key_frames)
    print(f"| {' | '.join(COLUMNS)} |\n| --- |{' --: |' * (len(COLUMNS) - 2)} --- |")
    for seed in args.seeds:
        name = (
            f"{args.minutes:g} min, {args.signing:.0%} signing, {args.form}, key frames {args.key_frames}, seed {seed}"
        )
        video = args.folder / f"{name.replace(',', '').replace('%', '').replace(' ', '_')}.mp4"
        join_clips(clips, video, args.minutes, args.signing, seed)
        outs = {is_quick: args.folder / f"{video.stem}_{'quick' if is_quick else 'full'}" for is_quick in (False, True)}
        ways = {
            is_quick: partial(Detection(is_quick, args.model, args.variant).run, video, out)
            for is_quick, out in outs.items()
        }
        runs = run_in_turn(ways, args.rounds)
        results = {way: json.loads(next(out.glob("*/result.json")).read_text()) for way, out in outs.items()}
        cpu = {
            way: float(np.median([run.cpu_s for run in own])) / results[way]["duration_s"] for way, own in runs.items()
        }
        ratio = np.median([quick.cpu_s / full.cpu_s for full, quick in zip(runs[False], runs[True], strict=True)])
        wanted, found = signing_spans(outs[False]), signing_spans(outs[True])
        in_full, difference = compare_windows(outs[False], outs[True])
        cells = [name, f"{cpu[False]:.3f}", f"{cpu[True]:.3f}", f"{ratio:.2f}"]
        cells += [f"{count_found(wanted, found)} of {len(wanted)}", f"{in_full:.0%}", f"{difference:.1e}"]
        cells.append(f"{results[False]['verdict']}, {results[True]['verdict']}")
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
