"""Measure the cost of detection with this build and another, in a second checkout, in turn on the same video.

    .venv/bin/python benchmarks/compare_builds.py video.mp4 --other ../before --other-model ../before/results/x/detector

In each round both start from scratch and write to an empty folder. Ratios are computed within a round, so both ran in
the same state of the machine; their median and range are printed.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

from performance.builds import print_compared, run_in_turn  # noqa: E402
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
    runs = run_in_turn({one: partial(one.run, args.video) for one in (other, *ours)}, args.rounds)
    named = {("the other" if one is other else "this", one.variant or "first"): own for one, own in runs.items()}
    print_compared(named, ["build", "variant"], "cpu_s")


if __name__ == "__main__":
    main()
