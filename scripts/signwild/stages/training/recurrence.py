"""Recurrent layers with Keras's variables, whose inputs are multiplied once for a whole segment, before the loop.

Keras multiplies inputs by the gates' weights sample by sample within its loop, and splits the weights there. Here it
is one product for a whole segment, and so are the gradients of all weights (``cells``); docs/performance.md shows the
gain. The rest is as in Keras: variables, their first values, dropout, and the numbers up to rounding. Loops start from
zeros; there are no masks, and no bias of the recurrence (``reset_after``).
"""

from collections.abc import Callable

import tensorflow as tf
from keras import layers

from signwild.configuration.sections.training import Precision
from signwild.stages.training.cells import gru_states, hard_sigmoid, lstm_states
from signwild.stages.training.dropout import Rate


class _InputsFirst:
    """Base class of the two layers.

    ``rate``: dropout of the inputs; the same ones are removed at each sample. ``precision``: what the inputs' products
    are computed in while training. Everything else is float32, and so is all of prediction.
    """

    def __init__(self, units: int, rate: float, precision: Precision, **values) -> None:
        super().__init__(units, recurrent_activation=hard_sigmoid, **values)
        self.rate = Rate(rate)
        self._precision = tf.as_dtype(precision)

    def _loop(self, states_of: Callable, sequences, training: bool):
        """Return the last state (n, units), all of them (n, length, units), and the last one in a list."""
        states = states_of(self._projected(sequences, training), tf.convert_to_tensor(self.cell.recurrent_kernel))
        return states[:, -1], states, [states[:, -1]]

    def _projected(self, sequences, training: bool) -> tf.Tensor:
        """Return inputs (n, length, d) times the gates' weights, with the bias: (n, length, gates x units) float32."""
        kernel, removing = tf.convert_to_tensor(self.cell.kernel), training and bool(self.rate)
        factors = self.rate.factors(tf.shape(sequences[:, 0]), self.cell.seed_generator) if removing else None
        if not training or self._precision == tf.float32:
            products = _product(sequences * factors[:, None] if removing else sequences, kernel)
        else:
            sequences, kernel = tf.cast(sequences, self._precision), tf.cast(kernel, self._precision)
            # 0 and 1 are exact in any precision, the scale is not.
            kept = tf.cast(tf.sign(factors), self._precision) if removing else None
            products = tf.cast(_product(sequences * kept[:, None] if removing else sequences, kernel), tf.float32)
            products = products * self.rate.scale if removing else products
        return products + self.cell.bias


class GRU(_InputsFirst, layers.GRU):
    """Gated recurrent units of Cho et al. 2014."""

    def __init__(self, units: int, rate: float = 0.0, precision: Precision = "float32", **values) -> None:
        super().__init__(units, rate, precision, reset_after=False, **values)

    def inner_loop(self, sequences, initial_state, mask, training=False):  # noqa: ARG002
        """Compute the states; see ``_loop``."""
        return self._loop(gru_states, sequences, training)


class LSTM(_InputsFirst, layers.LSTM):
    """Long short-term memory of Hochreiter and Schmidhuber 1997, with forget gates."""

    def __init__(self, units: int, rate: float = 0.0, precision: Precision = "float32", **values) -> None:
        super().__init__(units, rate, precision, **values)

    def inner_loop(self, sequences, initial_state, mask, training=False):  # noqa: ARG002
        """Compute the states; see ``_loop``."""
        return self._loop(lstm_states, sequences, training)


def _product(sequences: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Return sequences (n, length, d) times a kernel (d, k), as one product; by itself TensorFlow would take n."""
    length, width = sequences.shape[1:]
    return tf.reshape(tf.matmul(tf.reshape(sequences, (-1, width)), kernel), (-1, length, kernel.shape[1]))
