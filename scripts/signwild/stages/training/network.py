"""The recurrent network (paper figures 2 and 3), in the form that has Table 3's parameter counts."""

import keras
from keras import ops

from signwild.base.classes import CLASSES
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Precision
from signwild.stages.training.dropout import Dropout
from signwild.stages.training.layers import BatchNormalisation, Dense, SegmentStatistics
from signwild.stages.training.recurrence import Recurrent


def build_network(
    parameters: Network, length: int, features: int, precision: Precision = "float32", fits: tuple[int, ...] = ()
) -> keras.Model:
    """Build the network from segments (n, length, features) float32 to probabilities (n, 3), in the order of CLASSES.

    It has recurrent layers with dropout on their inputs (or statistics of the segment instead), batch normalisation, a
    dense layer, dropout, and softmax. The GRU has one bias (``reset_after=False``); there is no dropout within the
    recurrence. ``precision``: what products of inputs are computed in while training; see ``recurrence``.
    ``fits``: (k,) for k such networks side by side, with one axis more at the front of all; their weights are zeros.
    """
    inputs = x = keras.Input(batch_shape=(*fits, None, length, features))
    if parameters.cell == "statistics":
        x = SegmentStatistics(fits, name="statistics")(x)
    else:
        for number in range(1, parameters.layers + 1):
            x = _recurrent_layer(parameters, number, precision, fits)(x)
    if parameters.batch_normalisation:
        averages = parameters.batch_normalisation_momentum, parameters.batch_normalisation_averages
        x = BatchNormalisation(*averages, fits=fits, name="batch_normalisation")(x)
    values = {"kernel_regularizer": keras.regularizers.L2(parameters.l2) if parameters.l2 else None, "fits": fits}
    if parameters.dense_units:
        x = Dense(parameters.dense_units, "relu", **values, name="dense")(x)
    if parameters.dropout:
        x = Dropout(parameters.dropout, fits, name="dropout")(x)
    model = keras.Model(inputs, Dense(len(CLASSES), "softmax", **values, name="classes")(x))
    model.supports_masking = True
    return model


def count_trainable(model: keras.Model) -> int:
    """Return the number of trainable parameters, as in the paper's Table 3."""
    return sum(int(ops.size(variable)) for variable in model.trainable_variables)


def _recurrent_layer(parameters: Network, number: int, precision: Precision, fits: tuple[int, ...]) -> Recurrent:
    return Recurrent(
        parameters.cell,
        parameters.units,
        parameters.cell_dropout,
        parameters.cell_dropout_masks,
        precision,
        return_sequences=number < parameters.layers,
        fits=fits,
        name=f"{parameters.cell}_{number}",
    )
