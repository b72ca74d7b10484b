"""The start of Keras: its number of threads, and how to keep it quiet."""

import os
import sys


def use_threads(threads: int) -> None:
    """Limit TensorFlow to a number of threads on a CPU, as more would wait for each other; for its first computation.

    TensorFlow reads the number when it computes for the first time, not when it is imported.
    """
    os.environ.update(TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS="1")


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
