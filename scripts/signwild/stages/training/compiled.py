"""A network compiled for training, and its steps; networks that differ only in values share the compiled form."""

from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from signwild.base.classes import CLASSES
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Precision
from signwild.stages.training.adam import Adam
from signwild.stages.training.dropout import Rate
from signwild.stages.training.network import build_network

RATES = ("cell_dropout", "dropout")
"""Values of a network that are not compiled, if they are above 0."""


class CompiledNetwork:
    """A network, its optimiser, and compiled functions for batches of any size.

    ``dtype``: of the features.
    """

    def __init__(self, network: Network, length: int, features: int, precision: Precision, dtype: str) -> None:
        self.model = build_network(network, length, features, precision)
        self._trained = [variable.value for variable in self.model.trainable_variables]
        self._adam = Adam(self._trained)
        batch = [tf.TensorSpec((None, length, features), dtype), tf.TensorSpec((None,), tf.int64)]
        values = [tf.TensorSpec((len(CLASSES),)), tf.TensorSpec(())]
        self.train = tf.function(self._train, input_signature=batch + values)
        self.predict = tf.function(self._predict, input_signature=batch[:1])

    def set_rates(self, network: Network) -> None:
        """Set the rates of dropout to those of a network of the same form."""
        for layer in self.model.layers:
            if isinstance(rate := getattr(layer, "rate", None), Rate):
                rate.value.assign(network.dropout if layer.name == "dropout" else network.cell_dropout)

    @property
    def steps(self) -> int:
        """Number of steps that the optimiser has taken."""
        return int(self._adam.steps)

    def values(self) -> list[np.ndarray]:
        """Return the values of the network's variables, which include the seeds of dropout."""
        return [variable.numpy() for variable in self.model.variables]

    def start(self, values: list[np.ndarray]) -> list[np.ndarray]:
        """Return the state of an untrained network with these values."""
        return [*values, *(np.zeros(variable.shape, variable.dtype.as_numpy_dtype) for variable in self._adam.state)]

    def state(self) -> list[np.ndarray]:
        """Return the state: the values of the network's variables, and the optimiser's."""
        return [*self.values(), *(variable.numpy() for variable in self._adam.state)]

    def restore(self, state: list[np.ndarray]) -> None:
        """Set the state."""
        for variable, value in zip([*self.model.variables, *self._adam.state], state, strict=True):
            variable.assign(value)

    def _train(
        self, features: tf.Tensor, classes: tf.Tensor, class_weights: tf.Tensor, learning_rate: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step; return the sum of the batch's losses, and how many segments were recognised before it."""
        with tf.GradientTape() as tape:
            probabilities = self.model(tf.cast(features, tf.float32), training=True)
            losses = keras.losses.sparse_categorical_crossentropy(classes, probabilities)
            losses *= tf.gather(class_weights, classes)
            # The penalty on weights, if there is one, is not part of the loss that is reported.
            loss = tf.add_n([tf.reduce_mean(losses), *self.model.losses])
        self._adam.apply(tape.gradient(loss, self._trained), learning_rate)
        found = tf.argmax(probabilities, axis=1)
        return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(found == classes, tf.float32))

    def _predict(self, features: tf.Tensor) -> tf.Tensor:
        """Return class probabilities, (n, 3) float32."""
        return self.model(tf.cast(features, tf.float32), training=False)


def compiled_network(network: Network, length: int, features: int, precision: Precision, dtype: str) -> CompiledNetwork:
    """Return the compiled form of a network, with its rates of dropout.

    The last form is kept for the next call, which sets its rates: one is in use at a time.
    """
    form = network.model_copy(update={name: 0.5 for name in RATES if getattr(network, name)})
    compiled = _compiled_form(form.model_dump_json(), length, features, precision, dtype)
    compiled.set_rates(network)
    return compiled


@lru_cache(maxsize=1)
def _compiled_form(network: str, *values) -> CompiledNetwork:
    return CompiledNetwork(Network.model_validate_json(network), *values)
