"""Fit the classifier of one experiment with one seed on every fold; folds in the store are not fitted again."""

import argparse
import json
from pathlib import Path
from typing import get_args

from cli import program, run
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.pooling import Pooling
from signwild.stages.classification.classify_segments import classify_segments


def work(args: argparse.Namespace) -> None:
    """Classify the segments."""
    classify_segments(
        args.run,
        args.name,
        args.seed,
        args.parameters,
        args.pooling,
        args.length,
        args.segments,
        args.features,
        args.store,
        args.tags,
        args.output_dir,
    )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--run", required=True, help="name of the run")
    parser.add_argument("--name", required=True, help="name of the experiment")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument(
        "--parameters",
        type=ClassifiedExperiment.model_validate_json,
        required=True,
        help="JSON: the experiment's entry",
    )
    parser.add_argument(
        "--pooling",
        choices=get_args(Pooling),
        required=True,
        help="a segment's vector: the mean of its samples' or the first",
    )
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    parser.add_argument("--segments", type=Path, required=True, help="segments.parquet")
    parser.add_argument("--features", type=Path, required=True, help="feature manifest of the experiment")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--tags", type=json.loads, required=True, help="JSON: what MLflow should say of the run")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of predictions and record")
    run(parser, work, output="output_dir")
