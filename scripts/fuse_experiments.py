"""Fuse the class probabilities of several experiments."""

import argparse
import json
from pathlib import Path

from cli import program, run
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.stages.training.fuse_experiments import fuse_experiments


def work(args: argparse.Namespace) -> None:
    """Fuse the experiments."""
    fuse_experiments(args.run, args.name, args.seed, args.parameters, args.members, args.tags, args.output_dir)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--run", required=True, help="name of the run")
    parser.add_argument("--name", required=True, help="name of the experiment")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument(
        "--parameters", type=FusedExperiment.model_validate_json, required=True, help="JSON: the experiment's entry"
    )
    parser.add_argument("--members", type=Path, nargs="+", required=True, help="the members' result folders")
    parser.add_argument("--tags", type=json.loads, required=True, help="JSON: what MLflow should say of the run")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of predictions and record")
    run(parser, work, output="output_dir")
