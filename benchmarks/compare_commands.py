"""Measure a command in this checkout and in another one, in turn, such as a second `make demo` in each.

    .venv/bin/python benchmarks/compare_commands.py --other ../before --rounds 10 -- make demo

The command starts in each checkout's folder. Ratios are computed within a round; their median and range are printed.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from performance.builds import print_compared, run_in_turn  # noqa: E402
from performance.measuring import run_measured  # noqa: E402


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="+", help="command with its options, after --")
    parser.add_argument("--other", type=Path, required=True, help="folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    folders = {("the other",): args.other, ("this",): ROOT}
    runs = run_in_turn({build: partial(run_measured, args.command, at) for build, at in folders.items()}, args.rounds)
    print_compared(runs, ["build"], "seconds")


if __name__ == "__main__":
    main()
