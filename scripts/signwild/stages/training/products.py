"""Whether a machine multiplies bfloat16 itself: where it does not, such products take longer than in float32."""

import time
from statistics import median

import tensorflow as tf

from signwild.base.device import network_device

ROUNDS = 5
SHAPE = (320, 2048, 256)

SLOWER = 1.3
"""From how many times as long a product counts as slower; a measurement beside other work is not exact."""


def time_of_bfloat16() -> float:
    """Measure how long a product in bfloat16 takes on this machine's device, as a multiple of one in float32."""
    rows, inner, columns = SHAPE
    times = {}
    for kind in (tf.float32, tf.bfloat16):
        left, right = tf.ones((rows, inner), kind), tf.ones((inner, columns), kind)
        tf.matmul(left, right).numpy()
        times[kind] = median(_seconds(left, right) for _ in range(ROUNDS))
    return times[tf.bfloat16] / times[tf.float32]


def _seconds(left: tf.Tensor, right: tf.Tensor) -> float:
    started = time.perf_counter()
    tf.matmul(left, right).numpy()
    return time.perf_counter() - started


def warn_of_slow_products() -> None:
    """Print a warning if products in bfloat16 are slower than in float32 on this processor."""
    if network_device() == "cpu" and (times := time_of_bfloat16()) > SLOWER:
        print(
            f"warning: training.precision: bfloat16 takes {times:.1f} times as long as float32 for a product on this "
            "machine, which has no bfloat16 of its own; set float32, or use another machine",
            flush=True,
        )
