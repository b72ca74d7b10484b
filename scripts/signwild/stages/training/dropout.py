"""Dropout whose rate is a variable: networks that differ only in it share what is compiled."""

import keras
import tensorflow as tf


class Rate:
    """A rate of dropout; false if it is 0, for which nothing is compiled."""

    def __init__(self, value: float) -> None:
        self.value = tf.Variable(value, trainable=False, dtype=tf.float32)
        self._is_used = value > 0

    def __bool__(self) -> bool:
        return self._is_used

    @property
    def scale(self) -> tf.Tensor:
        """What kept inputs are multiplied by."""
        return 1 / (1 - self.value)

    def factors(self, shape: tf.Tensor, seeds: keras.random.SeedGenerator) -> tf.Tensor:
        """Return a draw for each input, float32: 0 where it is removed, else ``scale``; the draw is Keras's."""
        seed = tf.cast(tf.math.floormod(tf.cast(seeds.next(), tf.int64), tf.int32.max - 1), tf.int32)
        return tf.nn.experimental.stateless_dropout(tf.ones(shape), rate=self.value, seed=seed)


class Dropout(keras.layers.Layer):
    """Keras's layer of dropout, with such a rate."""

    def __init__(self, rate: float, **values) -> None:
        super().__init__(**values)
        self.rate = Rate(rate)
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return the inputs, in training with some of them removed."""
        return inputs * self.rate.factors(tf.shape(inputs), self.seeds) if training and self.rate else inputs
