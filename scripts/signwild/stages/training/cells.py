"""The loops of recurrent cells over a segment, with gradients by hand: one product for all samples of each weight.

TensorFlow's own gradient of such a loop multiplies and adds up the weights' gradients sample by sample. Here the loop
backwards only passes on the state's gradient, and the weights' gradients are products over the whole segment
afterwards. Numbers are TensorFlow's up to rounding (tests/unit/stages/training/test_network.py compares with Keras).
All arrays may have an axis more at the front, of networks side by side; shapes are given without it.
"""

from collections.abc import Callable

import tensorflow as tf

SLOPE = 0.2
"""Slope of the hard sigmoid in the Keras of 2018; in Keras 3 it is 1/6."""


def hard_sigmoid(x: tf.Tensor) -> tf.Tensor:
    """Return clip(0.2 x + 0.5, 0, 1), the gates' activation in the Keras of 2018."""
    return tf.clip_by_value(SLOPE * x + 0.5, 0.0, 1.0)


@tf.custom_gradient
def gru_states(inputs: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """Return the states (n, length, units) of gated recurrent units that start from zeros, all float32.

    ``inputs``: (n, length, 3 units), times the weights and with the bias: update gates, reset gates, candidates.
    ``weights``: (units, 3 units), of the state, in the same order. The reset comes before the product.
    """
    units = weights.shape[-2]
    of_gates, of_candidates = weights[..., : 2 * units], weights[..., 2 * units :]
    by_sample = _samples_first(inputs)

    def step(sample: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        given = by_sample[sample]
        gates = hard_sigmoid(given[..., : 2 * units] + tf.matmul(state, of_gates))
        update, reset = gates[..., :units], gates[..., units:]
        candidates = tf.tanh(given[..., 2 * units :] + tf.matmul(reset * state, of_candidates))
        return update * state + (1 - update) * candidates, gates, candidates

    states, gates, candidates = _forwards(step, by_sample, [units, 2 * units, units])
    before = _before(states)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        update, reset = gates[..., :units], gates[..., units:]
        slopes = _slopes(gates)
        to_update = (before - candidates) * slopes[..., :units]
        to_reset = before * slopes[..., units:]
        to_candidates = (1 - update) * (1 - candidates**2)
        upstream = _samples_first(upstream)

        def step_back(sample: tf.Tensor, of_state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            of_state += upstream[sample]
            candidate = of_state * to_candidates[sample]
            of_reset_state = tf.matmul(candidate, of_candidates, transpose_b=True)
            both = tf.concat([of_state * to_update[sample], of_reset_state * to_reset[sample]], axis=-1)
            of_state = of_state * update[sample] + of_reset_state * reset[sample]
            return of_state + tf.matmul(both, of_gates, transpose_b=True), tf.concat([both, candidate], axis=-1)

        of_inputs = _backwards(step_back, by_sample, units, 3 * units)
        of_weights = tf.concat(
            [
                _summed(before, of_inputs[..., : 2 * units]),
                _summed(reset * before, of_inputs[..., 2 * units :]),
            ],
            axis=-1,
        )
        return _samples_last(of_inputs), of_weights

    return _samples_last(states), gradient


@tf.custom_gradient
def lstm_states(inputs: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """Return the states (n, length, units) of long short-term memory that starts from zeros, all float32.

    ``inputs``: (n, length, 4 units), as for ``gru_states``: input gates, forget gates, candidates, output gates.
    ``weights``: (units, 4 units).
    """
    units = weights.shape[-2]
    by_sample = _samples_first(inputs)

    def step(sample: tf.Tensor, both: tf.Tensor) -> tuple[tf.Tensor, ...]:
        state, carry = both[..., :units], both[..., units:]
        given = by_sample[sample] + tf.matmul(state, weights)
        gates, candidates = _activated(given)
        enter, forget, leave = tf.split(gates, 3, axis=-1)
        carry = forget * carry + enter * candidates
        return tf.concat([leave * tf.tanh(carry), carry], axis=-1), gates, candidates

    def _activated(given: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        enter, forget, candidates, leave = tf.split(given, 4, axis=-1)
        return hard_sigmoid(tf.concat([enter, forget, leave], axis=-1)), tf.tanh(candidates)

    both, gates, candidates = _forwards(step, by_sample, [2 * units, 3 * units, units])
    states, carries = both[..., :units], both[..., units:]

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        enter, forget, leave = tf.split(gates, 3, axis=-1)
        slopes = tf.split(_slopes(gates), 3, axis=-1)
        squashed = tf.tanh(carries)
        to_carry = leave * (1 - squashed**2)
        to_leave = squashed * slopes[2]
        to_rest = [candidates * slopes[0], _before(carries) * slopes[1], enter * (1 - candidates**2)]
        to_rest = tf.concat(to_rest, axis=-1)
        upstream = _samples_first(upstream)

        def step_back(sample: tf.Tensor, of_both: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            of_state, of_carry = of_both[..., :units] + upstream[sample], of_both[..., units:]
            of_carry += of_state * to_carry[sample]
            of_rest = tf.concat([of_carry, of_carry, of_carry], axis=-1) * to_rest[sample]
            of_inputs = tf.concat([of_rest, of_state * to_leave[sample]], axis=-1)
            of_state = tf.matmul(of_inputs, weights, transpose_b=True)
            return tf.concat([of_state, of_carry * forget[sample]], axis=-1), of_inputs

        of_inputs = _backwards(step_back, by_sample, 2 * units, 4 * units)
        return _samples_last(of_inputs), _summed(_before(states), of_inputs)

    return _samples_last(states), gradient


def _samples_first(values: tf.Tensor) -> tf.Tensor:
    """Return (..., n, length, d) as (length, ..., n, d)."""
    *front, length, width = range(len(values.shape))
    return tf.transpose(values, (length, *front, width))


def _samples_last(values: tf.Tensor) -> tf.Tensor:
    """Return (length, ..., n, d) as (..., n, length, d)."""
    length, *front, width = range(len(values.shape))
    return tf.transpose(values, (*front, length, width))


def _forwards(step: Callable, by_sample: tf.Tensor, widths: list[int]) -> list[tf.Tensor]:
    """Return what each step gives, (length, n, width) each: first the state, which the next step gets, from zeros."""
    length, front = by_sample.shape[0], by_sample.shape[1:-1]
    kept = [tf.TensorArray(tf.float32, length, element_shape=(*front, width)) for width in widths]

    def body(sample: tf.Tensor, state: tf.Tensor, *kept: tf.TensorArray) -> tuple:
        found = step(sample, state)
        return sample + 1, found[0], *(array.write(sample, values) for array, values in zip(kept, found, strict=True))

    start = (0, _zeros(by_sample, widths[0]), *kept)
    _, _, *kept = tf.while_loop(lambda sample, *_: sample < length, body, start, maximum_iterations=length)
    return [array.stack() for array in kept]


def _backwards(step_back: Callable, by_sample: tf.Tensor, width: int, width_of_inputs: int) -> tf.Tensor:
    """Return the gradient of the inputs, (length, n, width_of_inputs), by steps from the last sample to the first."""
    length, front = by_sample.shape[0], by_sample.shape[1:-1]
    kept = tf.TensorArray(tf.float32, length, element_shape=(*front, width_of_inputs))

    def body(sample: tf.Tensor, of_state: tf.Tensor, kept: tf.TensorArray) -> tuple:
        of_state, of_inputs = step_back(sample, of_state)
        return sample - 1, of_state, kept.write(sample, of_inputs)

    start = (length - 1, _zeros(by_sample, width), kept)
    return tf.while_loop(lambda sample, *_: sample >= 0, body, start, maximum_iterations=length)[2].stack()


def _zeros(by_sample: tf.Tensor, width: int) -> tf.Tensor:
    """Return zeros, (n, width), for a batch of that many segments."""
    return tf.zeros((*by_sample.shape[1:-2], tf.shape(by_sample)[-2], width))


def _before(states: tf.Tensor) -> tf.Tensor:
    """Return the state before each sample: (length, n, units), the first of which is zeros."""
    return tf.concat([tf.zeros_like(states[:1]), states[:-1]], axis=0)


def _slopes(gates: tf.Tensor) -> tf.Tensor:
    """Return the hard sigmoid's slope where it gave these values."""
    return tf.where((gates > 0) & (gates < 1), SLOPE, 0.0)


def _summed(states: tf.Tensor, of_products: tf.Tensor) -> tf.Tensor:
    """Return the gradient of weights, (a, b), from what they multiplied, (length, n, a), and the products'."""
    return tf.matmul(_rows(states), _rows(of_products), transpose_a=True)


def _rows(values: tf.Tensor) -> tf.Tensor:
    """Return (length, n, d) as (length x n, d)."""
    length, *beside, rows, width = range(len(values.shape))
    return tf.reshape(tf.transpose(values, (*beside, length, rows, width)), (*values.shape[1:-2], -1, values.shape[-1]))
