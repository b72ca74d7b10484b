"""Recurrent layers that multiply a whole segment's inputs by the gates' weights at once.

Keras does so sample by sample, within its loop. The product does not depend on the state: of a whole segment it is
one, and its gradient too, which makes most of a training step (docs/performance.md). Variables, their first values
and dropout are those of Keras's layers.
"""

from keras import layers, ops


class RecurrentLayer(layers.RNN):
    """A layer whose cell, a ``GruCell`` or ``LstmCell``, is handed projected inputs: (n, length, gates x units)."""

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Project the inputs (n, length, d), of which dropout takes the same out at each sample, and loop over them."""
        cell = self.cell
        if training and cell.dropout:
            sequences = sequences * ops.expand_dims(cell.get_dropout_mask(sequences[:, 0]), axis=1)
        return super().inner_loop(ops.matmul(sequences, cell.kernel) + cell.bias, initial_state, mask, training)


class GruCell(layers.GRUCell):
    """Gated recurrent unit of Cho et al. 2014, the reset before the product (Keras's ``reset_after=False``)."""

    def __init__(self, units: int, **values) -> None:
        super().__init__(units, reset_after=False, **values)

    def call(self, inputs, states, training=False):  # noqa: ARG002
        """One step from projected inputs (n, 3 units): update gate, reset gate, candidate."""
        (state,), gates = states, 2 * self.units
        weights = self.recurrent_kernel
        opened = self.recurrent_activation(inputs[:, :gates] + ops.matmul(state, weights[:, :gates]))
        update, reset = ops.split(opened, 2, axis=-1)
        candidate = self.activation(inputs[:, gates:] + ops.matmul(reset * state, weights[:, gates:]))
        state = update * state + (1 - update) * candidate
        return state, [state]


class LstmCell(layers.LSTMCell):
    """Long short-term memory of Hochreiter and Schmidhuber 1997, with forget gates."""

    def call(self, inputs, states, training=False):  # noqa: ARG002
        """One step from projected inputs (n, 4 units): input gate, forget gate, candidate, output gate."""
        state, carry = states
        parts = ops.split(inputs + ops.matmul(state, self.recurrent_kernel), 4, axis=-1)
        taken, kept, shown = (self.recurrent_activation(parts[number]) for number in (0, 1, 3))
        carry = kept * carry + taken * self.activation(parts[2])
        state = shown * self.activation(carry)
        return state, [state, carry]
