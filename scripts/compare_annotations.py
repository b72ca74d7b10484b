"""Compare two annotations of the same videos: two annotators, an annotator and a detector, before and after correction.

    .venv/bin/python scripts/compare_annotations.py anna/ bob/
    .venv/bin/python scripts/compare_annotations.py talk.eaf talk.eaf --tiers-b "signing=signing (proposed)"

prints Cohen's kappa, Krippendorff's alpha, F1 of segments, distances of boundaries and the confusion of classes, with
95% intervals over videos, and writes tables of all videos and a picture into --out. The exit code is 1 if a file could
not be used.
"""

import shutil
import sys
from pathlib import Path

from signwild.annotation.compare import compare_files, tell, write_comparison
from signwild.annotation.tier_names import read_tiers
from signwild.base.terminal_tables import WIDTH_OF_A_LOG, terminal_table
from signwild.cli.program import run_function


def compare_annotations(
    first: Path,
    second: Path,
    /,
    *,
    tiers: list[str] = (),
    tiers_b: list[str] = (),
    configfile: Path | None = None,
    step_ms: int = 40,
    timelines: int = 10,
    out: Path = Path("agreement"),
) -> None:
    """Compare two annotations of the same videos, and print and write how far they agree."""
    own = read_tiers(tiers, "--tiers", configfile)
    other = read_tiers(tiers_b, "--tiers-b") if tiers_b else own
    found = compare_files(first, second, (own, other), step_ms)
    is_terminal = bool(sys.stdout and sys.stdout.isatty())
    width = shutil.get_terminal_size().columns if is_terminal else WIDTH_OF_A_LOG
    print("\n".join(terminal_table(write_comparison(found, step_ms, timelines, out), width, with_bold=is_terminal)))
    print(*tell(found), f"tables and timelines: {out}", sep="\n")
    if found.faults:
        total = len(found.pairs) + len(found.faults)
        sys.exit(f"error: {len(found.faults):,} of {total:,} videos could not be compared; the lines above say why")


if __name__ == "__main__":
    run_function(compare_annotations, lock="out", description=__doc__)
