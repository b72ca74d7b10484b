"""Adam (Kingma and Ba, 2015) with TensorFlow's own operation: one pass over each variable instead of Keras's ten."""

import tensorflow as tf

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""Keras's values, in 2018 as today."""


class Adam:
    """The optimiser's state for some variables, in float32: steps done, and two moments of each gradient.

    ``fits``: () for one network, or (k,) for k side by side, with that axis at the front of the variables.
    """

    def __init__(self, variables: list[tf.Variable], fits: tuple[int, ...] = ()) -> None:
        self._variables, self._fits = variables, fits
        self.steps = tf.Variable(tf.zeros(fits, tf.int64), trainable=False)
        self._moments = [
            tuple(tf.Variable(tf.zeros(variable.shape), trainable=False) for _ in range(2)) for variable in variables
        ]

    @property
    def state(self) -> list[tf.Variable]:
        """Everything that the next step depends on, besides the variables."""
        return [self.steps, *(moment for moments in self._moments for moment in moments)]

    def apply(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor, takes: tf.Tensor) -> None:
        """Take one step; ``learning_rate`` and ``takes``, whether a network takes it at all, are of shape ``fits``."""
        number = tf.cast(self.steps.assign_add(tf.cast(takes, tf.int64)), tf.float32)
        powers = BETA_1**number, BETA_2**number
        triples = zip(self._variables, self._moments, gradients, strict=True)
        if self._fits:
            # TensorFlow's operation has one rate and one number of steps for all; a rate of 0 keeps what is there.
            rates = learning_rate * tf.sqrt(1 - powers[1]) / (1 - powers[0]), 1 - BETA_1, 1 - BETA_2
            rates = [tf.where(takes, rate, 0.0) for rate in rates]
            for variable, moments, gradient in triples:
                shape = (*self._fits, *[1] * (len(variable.shape) - 1))
                _step_of_each(variable, moments, gradient, [tf.reshape(rate, shape) for rate in rates])
        else:
            values = {"lr": learning_rate, "beta1": BETA_1, "beta2": BETA_2, "epsilon": EPSILON}
            values |= {"beta1_power": powers[0], "beta2_power": powers[1]}
            for variable, moments, gradient in triples:
                handles = {name: own.handle for name, own in zip("mv", moments, strict=True)}
                tf.raw_ops.ResourceApplyAdam(var=variable.handle, **handles, grad=gradient, **values)


def _step_of_each(variable: tf.Variable, moments: tuple, gradient: tf.Tensor, rates: list[tf.Tensor]) -> None:
    """Take a step with each network; ``rates``: how far the variable and its two moments move."""
    mean, square = moments
    mean.assign_add(rates[1] * (gradient - mean))
    square.assign_add(rates[2] * (gradient**2 - square))
    variable.assign_sub(rates[0] * mean / (tf.sqrt(square) + EPSILON))
