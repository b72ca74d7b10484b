"""What programs that run a network share: their share of the machine's cores."""

import argparse
import os


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the option that ``use_threads`` reads."""
    parser.add_argument("--threads", type=int, default=1, help="threads of the network on a CPU")


def use_threads(args: argparse.Namespace) -> None:
    """Hold TensorFlow, which reads this when it starts, to the job's threads: more would wait for each other."""
    os.environ.update(TF_NUM_INTRAOP_THREADS=str(args.threads), TF_NUM_INTEROP_THREADS="1")
