"""Keras's recurrent layers with another loop: what does not depend on the state is computed once, before the loop.

Keras multiplies inputs by the gates' weights sample by sample within its loop, and splits the weights there. Here it
is one product for a whole segment, and so is its gradient; docs/performance.md shows the gain. The rest is as in
Keras: variables, their first values, dropout, and the numbers up to rounding. There are no masks, and no bias of the
recurrence (``reset_after``).
"""

from collections.abc import Callable

from keras import layers, ops


class _InputsFirst:
    """Base class of the two layers."""

    def _loop(self, step: Callable, sequences, initial_state: list, training: bool):
        """Loop over inputs (n, length, d) times the weights; dropout removes the same inputs at each sample.

        ``step``: maps such inputs of one sample (n, gates x units) and states to an output (n, units) and new states.
        """
        cell = self.cell
        if training and cell.dropout:
            sequences = sequences * ops.expand_dims(cell.get_dropout_mask(sequences[:, 0]), axis=1)
        projected = ops.matmul(sequences, cell.kernel) + cell.bias
        loop = layers.RNN(_Step(step, cell.state_size), return_sequences=self.return_sequences)
        return loop.inner_loop(projected, initial_state, mask=None)


class _Step:
    """A step in the form that ``layers.RNN`` expects of a cell."""

    def __init__(self, call: Callable, state_size: int | list[int]) -> None:
        self.call, self.state_size = call, state_size

    def __call__(self, inputs, states):
        return self.call(inputs, states)


class GRU(_InputsFirst, layers.GRU):
    """Gated recurrent units of Cho et al. 2014; construct with ``reset_after=False``."""

    def inner_loop(self, sequences, initial_state, mask, training=False):  # noqa: ARG002
        """Return the last output (n, units), all of them (n, length, units), and the last states."""
        weights, of_gates = self.cell.recurrent_kernel, 2 * self.units
        gate_weights, candidate_weights = weights[:, :of_gates], weights[:, of_gates:]

        def step(projected, states):
            state = states[0]
            gates = self.recurrent_activation(projected[:, :of_gates] + ops.matmul(state, gate_weights))
            update_gate, reset_gate = ops.split(gates, 2, axis=-1)
            candidate = self.activation(projected[:, of_gates:] + ops.matmul(reset_gate * state, candidate_weights))
            state = update_gate * state + (1 - update_gate) * candidate
            return state, [state]

        return self._loop(step, sequences, initial_state, training)


class LSTM(_InputsFirst, layers.LSTM):
    """Long short-term memory of Hochreiter and Schmidhuber 1997, with forget gates."""

    def inner_loop(self, sequences, initial_state, mask, training=False):  # noqa: ARG002
        """Return the last output (n, units), all of them (n, length, units), and the last states."""
        recurrent_kernel = self.cell.recurrent_kernel

        def step(projected, states):
            state, carry = states
            parts = ops.split(projected + ops.matmul(state, recurrent_kernel), 4, axis=-1)
            input_gate, forget_gate, output_gate = (self.recurrent_activation(parts[number]) for number in (0, 1, 3))
            carry = forget_gate * carry + input_gate * self.activation(parts[2])
            state = output_gate * self.activation(carry)
            return state, [state, carry]

        return self._loop(step, sequences, initial_state, training)
