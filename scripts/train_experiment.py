"""Train one experiment with one seed on every fold; folds in the store are not trained again."""

import argparse
import json
from pathlib import Path

from cli import program, run
from cli_network import add_threads, use_threads
from signwild.parameters.experiment import TrainedExperiment
from signwild.training import train_experiment


def work(args: argparse.Namespace) -> None:
    """Train the experiment."""
    use_threads(args)
    train_experiment(
        args.run,
        args.name,
        args.seed,
        args.parameters,
        args.length,
        args.segments,
        args.features,
        args.store,
        args.tags,
        args.output_dir,
        args.keep_every,
    )


if __name__ == "__main__":
    parser = program(__doc__)
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
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of predictions, history and record")
    parser.add_argument(
        "--keep-every", type=float, default=30.0, help="seconds of training after which its state is kept again"
    )
    add_threads(parser)
    run(parser, work, output="output_dir")
