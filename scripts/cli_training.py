"""Shared options of programs that train networks: all except the output."""

import argparse
import json
from pathlib import Path
from typing import Any

from cli_network import add_threads
from signwild.configuration.sections.experiments.trained import TrainedExperiment


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``training_options`` reads."""
    parser.add_argument("--run", required=True, help="name of the run")
    parser.add_argument("--name", required=True, help="name of the experiment")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument(
        "--parameters", type=TrainedExperiment.model_validate_json, required=True, help="JSON: the experiment's entry"
    )
    parser.add_argument("--length", type=int, required=True, help="samples of a segment")
    parser.add_argument("--segments", type=Path, required=True, help="segments.parquet")
    parser.add_argument("--features", type=Path, required=True, help="feature manifest of the stream")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--tags", type=json.loads, required=True, help="JSON: what MLflow should say of the run")
    parser.add_argument(
        "--keep-every", type=float, default=30.0, help="seconds of training after which its state is kept again"
    )
    parser.add_argument("--weights", type=Path, help="receipt of VGG-16's weights, where training.start_from is set")
    add_threads(parser)


def training_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options as arguments of ``signwild.stages.training.train_experiment``."""
    return {
        "run": args.run,
        "name": args.name,
        "seed": args.seed,
        "experiment": args.parameters,
        "length": args.length,
        "segments_file": args.segments,
        "manifest": args.features,
        "store": args.store,
        "tags": args.tags,
        "output_dir": args.output_dir,
        "keep_every_s": args.keep_every,
        "weights": args.weights,
    }
