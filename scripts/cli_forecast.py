"""Shared options of programs that forecast work: the machine that will do it."""

import argparse
import shutil

from signwild.base.errors import InputError
from signwild.upkeep.forecast.why import Machine


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``read_machine`` reads."""
    parser.add_argument("--cores", type=int, default=1, help="processor cores")
    parser.add_argument("--gpu", choices=["0", "1"], help="whether there is a GPU; else: where nvidia-smi is")


def read_machine(args: argparse.Namespace) -> Machine:
    """Return the machine; raise InputError if it has no core."""
    if args.cores < 1:
        raise InputError(f"CORES is {args.cores}; give the number of processor cores, 1 or more")
    has_gpu = args.gpu == "1" if args.gpu else shutil.which("nvidia-smi") is not None
    return Machine(args.cores, "gpu" if has_gpu else "cpu")
