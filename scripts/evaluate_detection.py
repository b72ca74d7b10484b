"""Evaluate detectors on whole held-out videos, and learn how their probabilities become segments and verdicts."""

import argparse
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter

from cli import program, run
from cli_videos import progress
from signwild.configuration.sections.detection import Detector
from signwild.configuration.sections.segments import GroupBy
from signwild.configuration.sections.training import StopOn
from signwild.stages.detection.evaluate_detection import evaluate_detection


def work(args: argparse.Namespace) -> None:
    """Write the table and the decisions."""
    names = {name for detector in args.detectors for name in detector.members}
    windows = {name: args.windows_dir / f"{name}.parquet" for name in names}
    evaluate_detection(
        args.detectors,
        windows,
        args.group_by,
        args.stop_on,
        args.decisions,
        args.output_stem,
        progress("evaluation"),
    )


if __name__ == "__main__":
    parser = program(__doc__)
    detectors = TypeAdapter(list[Detector]).validate_json
    parser.add_argument("--detectors", type=detectors, required=True, help="JSON: name, members and rule of each")
    parser.add_argument(
        "--stop-on", choices=get_args(StopOn), nargs="*", required=True, help="by what the trainings stopped"
    )
    parser.add_argument("--windows-dir", type=Path, required=True, help="folder of the tables of windows")
    parser.add_argument("--group-by", choices=get_args(GroupBy), required=True, help="what is never in two folds")
    parser.add_argument("--decisions", type=Path, required=True, help="JSON file of what was learned")
    parser.add_argument("--output-stem", type=Path, required=True, help="table to write, without its suffix")
    run(parser, work, output="decisions")
