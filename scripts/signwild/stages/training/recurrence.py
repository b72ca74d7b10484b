"""Recurrent layers whose inputs are multiplied once for a whole segment, before the loop.

Keras multiplies inputs by the gates' weights sample by sample within its loop, and splits the weights there. Here it
is one product for a whole segment, and so are the gradients of all weights (``cells``); docs/performance.md shows the
gain. The rest is as in Keras: variables, their first values, dropout, and the numbers up to rounding. Loops start from
zeros, and there is no bias of the recurrence (``reset_after``).
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from signwild.configuration.sections.network import Masks
from signwild.configuration.sections.training import Precision
from signwild.stages.training.cells import gru_states, lstm_states
from signwild.stages.training.dropout import Rate
from signwild.stages.training.layers import Stackable


class Cell(NamedTuple):
    """A kind of recurrent cell: its loop over a segment, and the first bias of each gate, in the order of the loop."""

    states: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    biases: tuple[float, ...]


CELLS = {"gru": Cell(gru_states, (0, 0, 0)), "lstm": Cell(lstm_states, (0, 1, 0, 0))}
"""Gated recurrent units (Cho et al. 2014), and long short-term memory with forget gates (Hochreiter, Schmidhuber)."""


class Recurrent(Stackable):
    """A recurrent layer: from inputs (n, length, d) to states (n, length, units), or to the last ones (n, units).

    ``rate``: dropout of the inputs; the same ones are removed at each sample. ``masks``: whether each gate has inputs
    of its own removed, or all gates the same. ``precision``: what the inputs' products are computed in while training.
    Everything else is float32, and so is all of prediction.
    """

    def __init__(
        self,
        cell: str,
        units: int,
        rate: float = 0.0,
        masks: Masks = "gate",
        precision: Precision = "float32",
        return_sequences: bool = False,
        **values,
    ) -> None:
        super().__init__(**values)
        self._cell, self._units = CELLS[cell], units
        # Made in Keras's order, since each draws its seed when it is made.
        self._first = keras.initializers.GlorotUniform(), keras.initializers.Orthogonal()
        self.rate = Rate(rate, self.fits)
        self._masks = len(self._cell.biases) if masks == "gate" else 1
        self._precision = tf.as_dtype(precision)
        self._return_sequences = return_sequences

    @property
    def counters(self) -> list[tf.Variable]:
        """What each step of training counts on."""
        return [self.rate.seeds]

    def build(self, shape: tuple) -> None:
        """Make the variables, which are Keras's."""
        columns = self._units * len(self._cell.biases)
        biases = tf.repeat(tf.constant(self._cell.biases, tf.float32), self._units)
        self._kernel = self.add_weight((shape[-1], columns), self._first[0], name="kernel")
        self._recurrent_kernel = self.add_weight((self._units, columns), self._first[1], name="recurrent_kernel")
        self._bias = self.add_weight((columns,), lambda *_, **__: biases, name="bias")

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Compute the states."""
        states = self._cell.states(self._projected(inputs, training), tf.convert_to_tensor(self._recurrent_kernel))
        return states if self._return_sequences else states[..., -1, :]

    def compute_output_shape(self, shape: tuple) -> tuple:
        """Return the shape of the states."""
        return (*shape[:-1], self._units) if self._return_sequences else (*shape[:-2], self._units)

    def _projected(self, inputs: tf.Tensor, training: bool) -> tf.Tensor:
        """Return inputs (n, length, d) times the gates' weights, with the bias: (n, length, gates x units) float32."""
        kernel, precision = tf.convert_to_tensor(self._kernel), self._precision if training else tf.float32
        inputs, kernel = tf.cast(inputs, precision), tf.cast(kernel, precision)
        if training and self.rate:
            kept = self.rate.kept((tf.shape(inputs)[-3], self._masks, inputs.shape[-1]))
            # 0 and 1 are exact in any precision, the scale is not; so it comes afterwards.
            kept = tf.unstack(tf.cast(kept, precision), axis=-2)
            parts = tf.split(kernel, self._masks, axis=-1)
            products = [_product(inputs * own[..., None, :], part) for own, part in zip(kept, parts, strict=True)]
            products = tf.cast(tf.concat(products, axis=-1), tf.float32) * self.rate.scale(3)
        else:
            products = tf.cast(_product(inputs, kernel), tf.float32)
        return products + tf.convert_to_tensor(self._bias)[..., None, None, :]


def _product(sequences: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Return sequences (n, length, d) times a kernel (d, k), as one product; by itself TensorFlow would take n."""
    *fits, _, length, width = sequences.shape
    rows = tf.matmul(tf.reshape(sequences, (*fits, -1, width)), kernel)
    return tf.reshape(rows, (*fits, -1, length, kernel.shape[-1]))
