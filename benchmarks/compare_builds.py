"""Measure the cost of detection with this build and another, in a second checkout, in turn on the same video.

    .venv/bin/python benchmarks/compare_builds.py video.mp4 --other ../before --other-model ../before/results/x/detector

In each round both start from scratch and write to an empty folder. Ratios are computed within a round, so both ran in
the same state of the machine; their median and range are printed.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

from performance.measuring import Run, run_measured  # noqa: E402

from signwild.exported.folder import STARTER  # noqa: E402


@dataclass(frozen=True)
class Detection:
    """A way to detect: the program of a checkout, a detector's folder, and the variant (None: the detector's first)."""

    checkout: Path
    model: Path
    variant: str | None

    def run(self, video: Path) -> Run:
        """Detect in a separate process, into a temporary folder."""
        with tempfile.TemporaryDirectory() as out:
            program = self.checkout / "scripts/detect_signing.py"
            words = [sys.executable, program, "--model", self.model, "--out", out, video]
            return run_measured([*words, *(["--variant", self.variant] if self.variant else [])])


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path, help="file of a video")
    parser.add_argument("--model", type=Path, default=STARTER, help="detector of this build")
    parser.add_argument("--variants", nargs="+", default=[None], help="of that detector, else its first")
    parser.add_argument("--other", type=Path, required=True, help="folder of the other build's checkout")
    parser.add_argument("--other-model", type=Path, required=True, help="detector of the other build")
    parser.add_argument("--other-variant", help="of that detector, else its first")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    other = Detection(args.other, args.other_model, args.other_variant)
    ours = [Detection(ROOT, args.model, variant) for variant in args.variants]
    runs: dict[Detection, list[Run]] = {one: [] for one in (other, *ours)}
    for number in range(args.rounds):
        for one, own in runs.items():
            own.append(one.run(args.video))
            print(f"round {number + 1}: {one.checkout}: {own[-1].cpu_s:.1f} CPU s", file=sys.stderr, flush=True)
    print("| build | variant | CPU s | of the other's | seconds | seconds to the first line | MB |")
    print("| --- | --- | --: | --: | --: | --: | --: |")
    for one, own in runs.items():
        cpu_s, seconds, silent_s, memory_mb = (
            statistics.median(getattr(run, name) for run in own)
            for name in ("cpu_s", "seconds", "silent_s", "memory_mb")
        )
        ratios = [run.cpu_s / before.cpu_s for run, before in zip(own, runs[other], strict=True)]
        share = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        which = "the other" if one is other else "this"
        figures = (f"{cpu_s:.1f}", share, f"{seconds:.1f}", f"{silent_s:.1f}", f"{memory_mb:,.0f}")
        print(f"| {' | '.join((which, one.variant or 'first', *figures))} |")


if __name__ == "__main__":
    main()
