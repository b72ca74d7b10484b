"""The recurrent network (paper figures 2 and 3), in the form that gives Table 3's parameter counts."""

import keras
from keras import layers, ops

from signwild.parameters.network import Network
from signwild.recurrence import GRU, LSTM
from signwild.vocabulary import CLASSES


def hard_sigmoid(x):
    """clip(0.2 x + 0.5, 0, 1): the gates' activation in the Keras of 2018. Keras 3's has the slope 1/6."""
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def build_network(parameters: Network, length: int, features: int) -> keras.Model:
    """From segments (n, length, features) float32 to class probabilities (n, 3), in the order of CLASSES.

    Recurrent layers with dropout on their inputs, batch normalisation, a dense layer, dropout, and softmax. The
    GRU has one bias (``reset_after=False``); there is no dropout within the recurrence.
    """
    inputs = x = keras.Input((length, features))
    for number in range(1, parameters.layers + 1):
        x = _recurrent_layer(parameters, number)(x)
    if parameters.batch_normalisation:
        x = layers.BatchNormalization(momentum=parameters.batch_normalisation_momentum, name="batch_normalisation")(x)
    if parameters.dense_units:
        x = layers.Dense(parameters.dense_units, activation="relu", name="dense")(x)
    if parameters.dropout:
        x = layers.Dropout(parameters.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(len(CLASSES), activation="softmax", name="classes")(x))


def count_trainable(model: keras.Model) -> int:
    """Number of trainable parameters, as in the paper's Table 3."""
    return sum(int(ops.size(variable)) for variable in model.trainable_variables)


def _recurrent_layer(parameters: Network, number: int) -> keras.Layer:
    values = {
        "recurrent_activation": hard_sigmoid,
        "dropout": parameters.cell_dropout,
        "return_sequences": number < parameters.layers,
        "name": f"{parameters.cell}_{number}",
    }
    if parameters.cell == "gru":
        return GRU(parameters.units, reset_after=False, **values)
    return LSTM(parameters.units, **values)
