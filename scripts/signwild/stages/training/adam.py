"""Adam (Kingma and Ba, 2015) with TensorFlow's own operation: one pass over each variable instead of Keras's ten."""

import tensorflow as tf

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""Keras's values, in 2018 as today."""


class Adam:
    """The optimiser's state for some variables, in float32: steps done, and two moments of each gradient."""

    def __init__(self, variables: list[tf.Variable]) -> None:
        self._variables = variables
        self.steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._moments = [
            tuple(tf.Variable(tf.zeros(variable.shape), trainable=False) for _ in range(2)) for variable in variables
        ]

    @property
    def state(self) -> list[tf.Variable]:
        """Everything that the next step depends on, besides the variables."""
        return [self.steps, *(moment for moments in self._moments for moment in moments)]

    def apply(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor) -> None:
        """Take one step."""
        number = tf.cast(self.steps.assign_add(1), tf.float32)
        values = {"lr": learning_rate, "beta1": BETA_1, "beta2": BETA_2, "epsilon": EPSILON}
        values |= {"beta1_power": BETA_1**number, "beta2_power": BETA_2**number}
        for variable, moments, gradient in zip(self._variables, self._moments, gradients, strict=True):
            handles = {name: own.handle for name, own in zip("mv", moments, strict=True)}
            tf.raw_ops.ResourceApplyAdam(var=variable.handle, **handles, grad=gradient, **values)
