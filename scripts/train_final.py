"""Train one experiment's network on all folds, for a detector; a network in the store is not trained again."""

import argparse
from pathlib import Path

from cli import program, run
from cli_network import use_threads
from cli_training import add_training, training_options
from signwild.stages.training.train_experiment import train_final


def work(args: argparse.Namespace) -> None:
    """Train the network."""
    use_threads(args)
    train_final(**training_options(args))


if __name__ == "__main__":
    parser = program(__doc__)
    add_training(parser)
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the record")
    run(parser, work, output="output_dir")
