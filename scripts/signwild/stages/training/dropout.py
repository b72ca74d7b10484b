"""Dropout whose rate is a variable: networks that differ only in it share what is compiled."""

import keras
import tensorflow as tf


class Rate:
    """A rate of dropout, and the seeds of its draws; false if it is 0, for which nothing is compiled.

    ``fits``: () for one network, (k,) for k networks side by side, each with its own rate and seeds.
    ``seeds``: (2,) int64, a number that the layer drew when it was made, and how many draws there were.
    """

    def __init__(self, value: float, fits: tuple[int, ...] = ()) -> None:
        self.value = tf.Variable(tf.fill(fits, value), trainable=False, dtype=tf.float32)
        first = keras.random.SeedGenerator().state.numpy()
        self.seeds = tf.Variable(tf.broadcast_to(tf.cast(first, tf.int64), (*fits, 2)), trainable=False)
        self._fits = fits
        self._is_used = value > 0

    def __bool__(self) -> bool:
        return self._is_used

    def scale(self, axes: int) -> tf.Tensor:
        """Return what kept inputs are multiplied by, for inputs with so many axes beyond that of the networks."""
        return 1 / (1 - self._spread(axes))

    def kept(self, shape: tuple) -> tf.Tensor:
        """Return a draw for each input of one network, (*shape) bool: whether it is kept.

        The first axis is that of the segments. A draw depends on its place alone, so it stays the same where the batch
        is padded. The seeds are those of Keras, and for a shared mask the draws are too.
        """
        seeds = tf.cast(tf.math.floormod(self.seeds * 1, tf.int32.max - 1), tf.int32)
        self.seeds.assign_add(tf.broadcast_to(tf.constant([0, 1], tf.int64), self.seeds.shape))
        draws = [tf.random.stateless_uniform(shape, seed) for seed in (tf.unstack(seeds) if self._fits else [seeds])]
        return (tf.stack(draws) if self._fits else draws[0]) >= self._spread(len(shape))

    def factors(self, shape: tuple) -> tf.Tensor:
        """Return a draw for each input, as ``kept``, float32: 0 where it is removed, else ``scale``."""
        return tf.where(self.kept(shape), self.scale(len(shape)), 0.0)

    def _spread(self, axes: int) -> tf.Tensor:
        return tf.reshape(self.value, (*self._fits, *[1] * axes))


class Dropout(keras.layers.Layer):
    """Keras's layer of dropout, with such a rate."""

    def __init__(self, rate: float, fits: tuple[int, ...] = (), **values) -> None:
        super().__init__(**values)
        self.supports_masking = True
        self.rate = Rate(rate, fits)

    @property
    def counters(self) -> list[tf.Variable]:
        """What each step of training counts on."""
        return [self.rate.seeds]

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return the inputs, (n, d), in training with some of them removed."""
        if not training or not self.rate:
            return inputs
        return inputs * self.rate.factors((tf.shape(inputs)[-2], inputs.shape[-1]))
