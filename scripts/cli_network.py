"""Shared parts of programs that run a network: their number of threads, and a quiet start of Keras."""

import argparse
import os
import sys


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the option that ``use_threads`` reads."""
    parser.add_argument("--threads", type=int, default=1, help="threads of the network on a CPU")


def use_threads(args: argparse.Namespace) -> None:
    """Limit TensorFlow, which reads this when it starts, to the job's threads: more would wait for each other."""
    os.environ.update(TF_NUM_INTRAOP_THREADS=str(args.threads), TF_NUM_INTEROP_THREADS="1")


def start_quietly() -> None:
    """Start Keras without the lines that TensorFlow prints about itself at its start, which no setting silences."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
