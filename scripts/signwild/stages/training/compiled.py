"""Networks compiled for training, one or several side by side, and their steps.

Networks that differ only in values share the compiled form. On a graphics processor a step of one small network is
some thousand short operations, and the starting of these is what takes the time; side by side they are started once.
"""

from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from signwild.base.classes import CLASSES
from signwild.configuration.sections.network import DROPOUTS, Network
from signwild.configuration.sections.training import Precision
from signwild.stages.training.adam import Adam
from signwild.stages.training.dropout import Rate
from signwild.stages.training.network import build_network
from signwild.stages.training.steps import Prediction, Step


@dataclass(frozen=True)
class Form:
    """What a compiled network depends on; ``dtype``: of the features, (length, features) a segment."""

    network: Network
    length: int
    features: int
    precision: Precision
    dtype: str

    @property
    def compiled(self) -> "Form":
        """The form without values that are not compiled: equal forms share what is compiled."""
        rates = {name: 0.5 for name in DROPOUTS if getattr(self.network, name)}
        return Form(self.network.model_copy(update=rates), self.length, self.features, self.precision, self.dtype)


class CompiledNetworks:
    """Networks of one form, their optimiser, and compiled functions for batches of any size.

    ``count``: number of networks. One is computed without the axis that several have at the front of all arrays.
    """

    def __init__(self, form: Form, count: int = 1) -> None:
        self.count = count
        fits = (count,) if count > 1 else ()
        self._fits, self._form = fits, form
        self.model = build_network(form.network, form.length, form.features, form.precision, fits)
        self._trained = [variable.value for variable in self.model.trainable_variables]
        self._adam = Adam(self._trained, fits)
        self._weights = [variable.value for variable in self.model.variables]
        self._counters = counters(self.model)
        self._scores = tf.Variable(tf.zeros((*fits, 2), tf.float64), trainable=False)
        features = tf.TensorSpec((*fits, None, form.length, form.features), form.dtype)
        batch = [tf.TensorSpec((*fits, None), tf.int64), tf.TensorSpec((*fits, None), tf.bool)]
        values = [tf.TensorSpec((*fits, len(CLASSES))), tf.TensorSpec(fits)]
        self._train_compiled = tf.function(self._train, input_signature=[features, *batch, *values])
        self._predict_compiled = tf.function(self._predict, input_signature=[features])

    def fit(self, number: int, network: Network) -> "NetworkInTraining":
        """Return one of the networks, with the rates of dropout of a network of the same form."""
        place = (number,) if self._fits else ()
        for layer in self.model.layers:
            if isinstance(rate := getattr(layer, "rate", None), Rate):
                _set(rate.value, place, network.dropout if layer.name == "dropout" else network.cell_dropout)
        _set(self._scores, place, np.zeros(2))
        return NetworkInTraining(
            place, self._weights, [*self._counters, *self._adam.state], self._adam.steps, self._scores
        )

    def train(self, steps: dict[int, Step]) -> None:
        """Take a step with each of these networks; the scores before it are added to the network's."""
        weights, rates = np.ones((self.count, len(CLASSES)), np.float32), np.zeros(self.count, np.float32)
        for number, step in steps.items():
            weights[number], rates[number] = step.class_weights, step.learning_rate
        features, present = self._together({number: step.features for number, step in steps.items()})
        classes, _ = self._together({number: step.classes for number, step in steps.items()})
        self._train_compiled(features, classes, present, *(self._alone(values) for values in (weights, rates)))

    def predict(self, asked: dict[int, Prediction]) -> dict[int, np.ndarray]:
        """Return what each of these networks predicts."""
        features, _ = self._together({number: own.features for number, own in asked.items()})
        found = self._predict_compiled(features).numpy()
        found = found if self._fits else found[None]
        return {number: found[number][: len(own.features)] for number, own in asked.items()}

    def _alone(self, values: np.ndarray) -> np.ndarray:
        """Return values of each network; without the axis for the networks if there is one."""
        return values if self._fits else values[0]

    def _together(self, arrays: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return arrays (n, ...) of these networks with zeros up to the longest, and where there is one, bool."""
        if not self._fits:
            return arrays[0], np.ones(len(arrays[0]), bool)
        longest, some = max(map(len, arrays.values())), next(iter(arrays.values()))
        values = np.zeros((self.count, longest, *some.shape[1:]), some.dtype)
        present = np.zeros((self.count, longest), bool)
        for number, own in arrays.items():
            values[number, : len(own)], present[number, : len(own)] = own, True
        return values, present

    def _train(self, features, classes, present, class_weights, learning_rate) -> None:
        """Take a step with each network that has segments; arrays as in ``Step``, ``present`` (n,) where there is one.

        A network without any keeps its values: averages and seeds, which each step moves, are set back.
        """
        takes, counted = tf.reduce_any(present, axis=-1), tf.cast(present, tf.float32)
        moved = [*(variable.value for variable in self.model.non_trainable_variables), *self._counters]
        moved = [(value, value * 1) for value in moved] if self._fits else []
        with tf.GradientTape() as tape:
            mask = present if self._fits else None  # one network's batches are not filled up
            probabilities = self.model(tf.cast(features, tf.float32), training=True, mask=mask)
            losses = keras.losses.sparse_categorical_crossentropy(classes, probabilities)
            losses *= tf.gather(class_weights, classes, batch_dims=len(self._fits))
            losses = tf.where(present, losses, 0.0)  # also where a network that waits has diverged
            means = tf.reduce_sum(losses, axis=-1) / tf.maximum(tf.reduce_sum(counted, axis=-1), 1)
            # Gradients of networks side by side are independent of each other.
            # The penalty on weights, if there is one, is not part of the loss that is reported.
            loss = tf.add_n([tf.reduce_sum(means), *self.model.losses])
        self._adam.apply(tape.gradient(loss, self._trained), learning_rate, takes)
        for value, before in moved:
            value.assign(tf.where(tf.reshape(takes, (*self._fits, *[1] * (len(value.shape) - 1))), value, before))
        found = tf.cast((tf.argmax(probabilities, axis=-1) == classes) & present, tf.float64)
        scores = tf.stack([tf.cast(losses, tf.float64), found], axis=-1)
        self._scores.assign_add(tf.reduce_sum(scores, axis=-2))

    def _predict(self, features: tf.Tensor) -> tf.Tensor:
        """Return class probabilities, (n, 3) float32."""
        return self.model(tf.cast(features, tf.float32), training=False)


class NetworkInTraining:
    """A network in training: one of those that are compiled side by side, or the only one."""

    def __init__(
        self, place: tuple[int, ...], weights: list, others: list, steps: tf.Variable, scores: tf.Variable
    ) -> None:
        self._place = place
        self._weights, self._others = weights, others
        self._steps, self._scores = steps, scores

    @property
    def steps(self) -> int:
        """Number of steps that the optimiser has taken."""
        return int(_get(self._steps, self._place))

    def values(self) -> list[np.ndarray]:
        """Return the values of the network's variables."""
        return [_get(variable, self._place) for variable in self._weights]

    def start(self, model: keras.Model) -> list[np.ndarray]:
        """Return the state of a training that begins with a network of the same form."""
        values = [variable.numpy() for variable in [*model.variables, *counters(model)]]
        rest = [_get(variable, self._place) for variable in [*self._weights, *self._others][len(values) :]]
        return [*values, *map(np.zeros_like, rest)]

    def state(self) -> list[np.ndarray]:
        """Return the state: the values of the variables, seeds of dropout and other counts, and the optimiser's."""
        return [_get(variable, self._place) for variable in [*self._weights, *self._others]]

    def restore(self, state: list[np.ndarray]) -> None:
        """Set the state."""
        for variable, value in zip([*self._weights, *self._others], state, strict=True):
            _set(variable, self._place, value)

    def scores(self) -> np.ndarray:
        """Return the sum of the losses and the number of segments recognised since the last call, (2,) float64."""
        found = _get(self._scores, self._place)
        _set(self._scores, self._place, np.zeros(2))
        return found


def counters(model: keras.Model) -> list[tf.Variable]:
    """Return what the layers of a network count on at each step of training: seeds of dropout, steps."""
    return [counter for layer in model.layers for counter in getattr(layer, "counters", [])]


def _get(variable: tf.Variable, place: tuple[int, ...]) -> np.ndarray:
    return variable[place].numpy() if place else variable.numpy()


def _set(variable: tf.Variable, place: tuple[int, ...], value: np.ndarray | float) -> None:
    (variable[place] if place else variable).assign(value)


def compiled_networks(form: Form, count: int = 1) -> CompiledNetworks:
    """Return this many networks, compiled. The last form is kept for the next call: one is in use at a time."""
    return _compiled(form.compiled, count)


@lru_cache(maxsize=1)
def _compiled(form: Form, count: int) -> CompiledNetworks:
    return CompiledNetworks(form, count)
