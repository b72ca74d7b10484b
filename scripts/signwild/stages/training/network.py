"""The recurrent network (paper figures 2 and 3), in the form that has Table 3's parameter counts."""

import keras
from keras import layers, ops

from signwild.base.classes import CLASSES
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Precision
from signwild.stages.training.dropout import Dropout
from signwild.stages.training.recurrence import GRU, LSTM


def build_network(parameters: Network, length: int, features: int, precision: Precision = "float32") -> keras.Model:
    """Build the network from segments (n, length, features) float32 to probabilities (n, 3), in the order of CLASSES.

    It has recurrent layers with dropout on their inputs (or statistics of the segment instead), batch normalisation, a
    dense layer, dropout, and softmax. The GRU has one bias (``reset_after=False``); there is no dropout within the
    recurrence. ``precision``: what products of inputs are computed in while training; see ``recurrence``.
    """
    inputs = x = keras.Input((length, features))
    if parameters.cell == "statistics":
        x = SegmentStatistics(name="statistics")(x)
    else:
        for number in range(1, parameters.layers + 1):
            x = _recurrent_layer(parameters, number, precision)(x)
    if parameters.batch_normalisation:
        x = layers.BatchNormalization(momentum=parameters.batch_normalisation_momentum, name="batch_normalisation")(x)
    penalty = keras.regularizers.L2(parameters.l2) if parameters.l2 else None
    if parameters.dense_units:
        x = layers.Dense(parameters.dense_units, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    if parameters.dropout:
        x = Dropout(parameters.dropout, name="dropout")(x)
    classes = layers.Dense(len(CLASSES), activation="softmax", kernel_regularizer=penalty, name="classes")
    return keras.Model(inputs, classes(x))


class SegmentStatistics(layers.Layer):
    """Mean, standard deviation and mean absolute change from sample to sample: (n, t, d) to (n, 3 d) float32."""

    def call(self, inputs):
        """Compute the statistics over the samples of each segment."""
        changes = ops.mean(ops.abs(inputs[:, 1:] - inputs[:, :-1]), axis=1)
        return ops.concatenate([ops.mean(inputs, axis=1), ops.std(inputs, axis=1), changes], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Return the output shape: three numbers for each feature."""
        return input_shape[0], 3 * input_shape[2]


def count_trainable(model: keras.Model) -> int:
    """Return the number of trainable parameters, as in the paper's Table 3."""
    return sum(int(ops.size(variable)) for variable in model.trainable_variables)


def _recurrent_layer(parameters: Network, number: int, precision: Precision) -> keras.Layer:
    values = {
        "rate": parameters.cell_dropout,
        "precision": precision,
        "return_sequences": number < parameters.layers,
        "name": f"{parameters.cell}_{number}",
    }
    return GRU(parameters.units, **values) if parameters.cell == "gru" else LSTM(parameters.units, **values)
