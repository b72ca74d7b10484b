"""Print where a run's exported detector is, its variants, and how to use it."""

import argparse
from pathlib import Path

from signwild.cli.options import HELP
from signwild.cli.program import program, run
from signwild.exported.model import read_detector
from signwild.plan.run import read_plan


def work(args: argparse.Namespace) -> None:
    """Print the summary."""
    detector = read_detector(Path("results") / read_plan(args.configfile).run / "detector")
    if detector.model.not_comparable:
        print(f"Mind:     {'; '.join(detector.model.not_comparable)}: model_card.md says what that means")
    print(f"Detector: {detector.folder} ({detector.identity})")
    print(f"Variants: {', '.join(variant.name for variant in detector.model.variants)}; the first without --variant")
    print(f"Use:      .venv/bin/python scripts/detect_signing.py VIDEO... --model {detector.folder} --out found")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help=HELP["configfile"])
    run(parser, work)
