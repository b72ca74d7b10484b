"""Layers for one network or for several side by side, whose variables have one axis more, at the front.

All shapes are given without that axis. Segments that only fill a batch up are masked, as Keras masks: (n,) bool.
"""

import keras
import tensorflow as tf
from keras import ops

from signwild.configuration.sections.network import Averages

EPSILON = 1e-3
"""Added to variances; Keras's value, in 2018 as today."""


class Stackable(keras.Layer):
    """Base class: ``fits`` is () for one network, or (k,) for k of them side by side, whose values are set later."""

    def __init__(self, fits: tuple[int, ...] = (), **values) -> None:
        super().__init__(**values)
        self.supports_masking = True
        self.fits = fits

    def add_weight(self, shape: tuple, initializer: object, **values) -> keras.Variable:
        """Add a variable of this shape in each network."""
        return super().add_weight((*self.fits, *shape), "zeros" if self.fits else initializer, **values)


class Dense(Stackable):
    """A dense layer, from (n, d) to (n, units), with Keras's variables and first values."""

    def __init__(self, units: int, activation: str, kernel_regularizer: object = None, **values) -> None:
        super().__init__(**values)
        self._units, self._regularizer = units, kernel_regularizer
        self.activation = keras.activations.get(activation)
        self._first = keras.initializers.GlorotUniform()

    def build(self, shape: tuple) -> None:
        """Make the variables."""
        self.kernel = self.add_weight(
            (shape[-1], self._units), self._first, regularizer=self._regularizer, name="kernel"
        )
        self.bias = self.add_weight((self._units,), "zeros", name="bias")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Compute the layer."""
        return self.activation(tf.matmul(inputs, self.kernel) + tf.convert_to_tensor(self.bias)[..., None, :])

    def compute_output_shape(self, shape: tuple) -> tuple:
        """Return the shape of the outputs."""
        return (*shape[:-1], self._units)


class BatchNormalisation(Stackable):
    """Batch normalisation of (n, d), with Keras's variables (Ioffe and Szegedy, 2015).

    ``averages``: how the running averages, which predictions use, are formed. ``plain`` is Keras 3: they begin with 0
    and 1 and move by 1 - momentum. ``debiased`` is the Keras of 2018 on TensorFlow: averages from zero, divided by the
    weight of what they have seen so far (``zero_debias``), of variances times n / (n - 1 - epsilon).
    """

    def __init__(self, momentum: float, averages: Averages, **values) -> None:
        super().__init__(**values)
        self._momentum, self._averages = momentum, averages
        self._steps = tf.Variable(tf.zeros(self.fits, tf.int64), trainable=False)

    @property
    def counters(self) -> list[tf.Variable]:
        """What each step of training counts on."""
        return [self._steps]

    def build(self, shape: tuple) -> None:
        """Make the variables."""
        names = {"gamma": "ones", "beta": "zeros"}
        self._gamma, self._beta = (self.add_weight(shape[-1:], first, name=name) for name, first in names.items())
        names = {"moving_mean": "zeros", "moving_variance": "ones"}
        self._moving = [self.add_weight(shape[-1:], first, name=name, trainable=False) for name, first in names.items()]

    def call(self, inputs: tf.Tensor, training: bool = False, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Normalise by the batch in training, and by the running averages in prediction."""
        mean, variance = self._of_batch(inputs, mask) if training else map(tf.convert_to_tensor, self._moving)
        scale = tf.math.rsqrt(variance + EPSILON) * self._gamma
        return inputs * scale[..., None, :] + (self._beta - mean * scale)[..., None, :]

    def _of_batch(self, inputs: tf.Tensor, mask: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """Return mean and variance, (d,), of the segments that are not masked, and move the averages."""
        if mask is None:
            count = tf.cast(tf.shape(inputs)[-2], tf.float32)
            mean = tf.reduce_mean(inputs, axis=-2)
            variance = tf.reduce_mean((inputs - mean[..., None, :]) ** 2, axis=-2)
        else:
            counted = tf.cast(mask, tf.float32)[..., None]
            count = tf.maximum(tf.reduce_sum(counted, axis=-2), 1)
            mean = tf.reduce_sum(counted * inputs, axis=-2) / count
            variance = tf.reduce_sum(counted * (inputs - mean[..., None, :]) ** 2, axis=-2) / count
        share, seen = 1 - self._momentum, variance
        if self._averages == "debiased":
            seen *= count / (count - 1 - EPSILON)
            steps = tf.cast(self._steps.assign_add(tf.ones(self.fits, tf.int64)), tf.float32)
            share = (share / (1 - self._momentum**steps))[..., None]
        for average, value in zip(self._moving, (mean, seen), strict=True):
            average.assign(average + share * (value - average))
        return mean, variance

    def compute_output_shape(self, shape: tuple) -> tuple:
        """Return the shape of the outputs, which is that of the inputs."""
        return shape


class SegmentStatistics(Stackable):
    """Mean, standard deviation and mean absolute change from sample to sample: (n, t, d) to (n, 3 d) float32."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Compute the statistics over the samples of each segment."""
        changes = ops.mean(ops.abs(inputs[..., 1:, :] - inputs[..., :-1, :]), axis=-2)
        return ops.concatenate([ops.mean(inputs, axis=-2), ops.std(inputs, axis=-2), changes], axis=-1)

    def compute_output_shape(self, shape: tuple) -> tuple:
        """Return the output shape: three numbers for each feature."""
        return (*shape[:-2], 3 * shape[-1])
