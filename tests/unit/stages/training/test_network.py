"""The recurrent network: the paper's parameter counts, and the gates of the Keras of its time."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.training import moving_averages

from signwild.configuration.sections.network import Network
from signwild.stages.training.cells import hard_sigmoid
from signwild.stages.training.layers import BatchNormalisation
from signwild.stages.training.network import build_network, count_trainable
from signwild.stages.training.recurrence import Recurrent

FIRST = {"mean": 0.0, "variance": 1.0}
"""What running averages begin with."""

TABLE_3 = {
    ("lstm", 1): 4_474_627,
    ("lstm", 2): 4_999_939,
    ("lstm", 3): 5_525_251,
    ("gru", 1): 3_360_259,
    ("gru", 2): 3_754_243,
    ("gru", 3): 4_148_227,
}


@pytest.mark.parametrize(("cell", "layers"), TABLE_3)
def test_parameter_counts_are_those_of_the_papers_table_3(cell: str, layers: int) -> None:
    model = build_network(Network(cell=cell, layers=layers), length=20, features=4096)
    assert count_trainable(model) == TABLE_3[cell, layers]


def test_parameter_count_on_block5() -> None:
    # Not in the paper; by hand: 3 * 256 * (25,088 + 256 + 1), the second layer, and what follows.
    by_hand = 3 * 256 * (25088 + 256 + 1) + 3 * 256 * (256 + 256 + 1) + 2 * 256 + 257 * 64 + 65 * 3
    assert count_trainable(build_network(Network(), length=20, features=25088)) == by_hand == 19_876_099


def test_hard_sigmoid_has_the_slope_of_2018() -> None:
    values = np.array([-3, -2.5, -1, 0, 1, 2.5, 3], np.float32)
    assert np.allclose(hard_sigmoid(values), [0, 0, 0.3, 0.5, 0.7, 1, 1])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_probabilities_of_three_classes(cell: str) -> None:
    segments = np.random.default_rng(0).normal(size=(5, 20, 8)).astype(np.float32)
    probabilities = np.asarray(build_network(Network(cell=cell, units=4), 20, 8)(segments))
    assert probabilities.shape == (5, 3)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities >= 0).all()


def test_statistics_by_hand() -> None:
    parameters = Network(cell="statistics", batch_normalisation=False, dense_units=0, dropout=0.0)
    model = build_network(parameters, length=3, features=2)
    segment = np.array([[[1, 0], [3, 0], [8, 6]]], np.float32)
    found = np.asarray(model.get_layer("statistics")(segment))
    assert np.allclose(found, [[4, 2, np.std([1, 3, 8]), np.std([0, 0, 6]), (2 + 5) / 2, (0 + 6) / 2]])
    assert count_trainable(model) == 6 * 3 + 3


def test_l2_is_a_penalty_on_weights_and_not_on_biases() -> None:
    model = build_network(Network(units=4, l2=0.5), 3, 5)
    dense, classes = (model.get_layer(name) for name in ("dense", "classes"))
    squares = sum(float((np.asarray(layer.kernel) ** 2).sum()) for layer in (dense, classes))
    assert float(sum(model.losses)) == pytest.approx(0.5 * squares, rel=1e-5)
    assert build_network(Network(units=4), 3, 5).losses == []


def test_a_gru_by_hand() -> None:
    """One step of one unit: reset before the product, as in Cho et al. 2014, gates by the hard sigmoid."""
    network = Network(layers=1, units=1, batch_normalisation=False, dense_units=0, dropout=0.0)
    model = build_network(network, length=2, features=1)
    kernel, recurrent, bias = np.array([[0.5, -1, 2]]), np.array([[1.0, 0.5, -0.5]]), np.array([0.1, 0.2, 0.3])
    model.get_layer("gru_1").set_weights([kernel, recurrent, bias])
    steps, state = [0.7, -0.4], 0.0
    for x in steps:
        update = np.clip(0.2 * (0.5 * x + state + 0.1) + 0.5, 0, 1)
        reset = np.clip(0.2 * (-x + 0.5 * state + 0.2) + 0.5, 0, 1)
        candidate = np.tanh(2 * x - 0.5 * reset * state + 0.3)
        state = update * state + (1 - update) * candidate
    inner = keras.Model(model.input, model.get_layer("gru_1").output)
    assert np.allclose(inner(np.array(steps, np.float32).reshape(1, 2, 1)), state, atol=1e-5)


@pytest.mark.parametrize("masks", ["gate", "shared", None])
@pytest.mark.parametrize("number", [1, 2])  # the second gives its last state only
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_recurrent_layers_are_those_of_keras(cell: str, number: int, masks: str | None) -> None:
    """Compare states and gradients with those of Keras's own layer with the same variables and masks.

    Keras's form 1 removes inputs by a mask for each gate, and its form 2 by one for all. Without ``masks``: prediction.
    """
    values = {"cell_dropout": 0.5, "cell_dropout_masks": masks or "gate"}
    ours = build_network(Network(cell=cell, units=6, **values), 20, 6).get_layer(f"{cell}_{number}")
    values = {"recurrent_activation": hard_sigmoid, "dropout": 0.5, "return_sequences": number == 1}
    values |= {"implementation": 1 if masks == "gate" else 2, "use_cudnn": False}
    theirs = keras.layers.GRU(6, reset_after=False, **values) if cell == "gru" else keras.layers.LSTM(6, **values)
    segments = np.random.default_rng(0).normal(size=(5, 20, 6)).astype(np.float32)
    theirs.build(segments.shape)
    random = np.random.default_rng(1)
    ours.set_weights([random.normal(size=value.shape) for value in ours.weights])
    theirs.set_weights(ours.get_weights())
    before = ours.rate.seeds.numpy()
    gates = {"gru": 3, "lstm": 4}[cell] if masks == "gate" else 1
    drawn = tf.unstack(ours.rate.factors((5, gates, 6)), axis=1)
    ours.rate.seeds.assign(before)
    theirs.cell.get_dropout_mask = lambda _: drawn if masks == "gate" else drawn[0]
    both = (ours, theirs)
    states, gradients = zip(*(_states_and_gradients(own, segments, masks is not None) for own in both), strict=True)
    assert states[0].shape == ((5, 20, 6) if number == 1 else (5, 6))
    assert np.allclose(*states, atol=1e-5)
    assert np.abs(states[0]).max() > 0.1
    for own, expected in zip(*gradients, strict=True):
        assert np.allclose(own, expected, rtol=1e-3, atol=1e-4)


def _states_and_gradients(
    layer: keras.Layer, segments: np.ndarray, training: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    with tf.GradientTape() as tape:
        states = layer(segments, training=training)
        loss = tf.reduce_sum(states**2)
    return states.numpy(), [value.numpy() for value in tape.gradient(loss, layer.trainable_weights)]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(("cell", "gates"), [("gru", 3), ("lstm", 4)])
def test_each_gate_has_inputs_of_its_own_removed(cell: str, gates: int, precision: str) -> None:
    """One unit, one input that is 1: a gate gets the input or not, and all combinations occur, in equal shares."""
    for masks, count in (("gate", 2**gates), ("shared", 2)):
        layer = Recurrent(cell, 1, 0.5, masks, precision)
        layer.build((None, 20, 1))
        layer.set_weights([np.full(value.shape, fill) for value, fill in zip(layer.weights, (1, 0, 0), strict=True)])
        products = layer._projected(tf.ones((4096, 20, 1)), training=True).numpy()
        assert (products == products[:, :1]).all()  # the same at each sample
        outcomes, shares = np.unique(products[:, 0], axis=0, return_counts=True)
        assert np.isin(outcomes, (0, 2)).all()
        assert len(outcomes) == count
        assert np.abs(shares / 4096 - 1 / count).max() < 0.05


def test_a_rate_of_0_draws_nothing() -> None:
    for masks in ("gate", "shared"):
        layer = Recurrent("gru", 3, 0.0, masks)
        layer.build((None, 4, 2))
        drawn = tf.function(lambda x, own=layer: own(x, training=True)).get_concrete_function(tf.ones((5, 4, 2)))
        assert not [name for name in drawn.graph.as_graph_def().node if "Random" in name.op]
        assert (layer.rate.seeds[1].numpy()) == 0


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_recurrent_layers_begin_with_the_values_of_keras(cell: str) -> None:
    keras.utils.set_random_seed(3)
    ours = build_network(Network(cell=cell, units=6, layers=1), 20, 8).get_layer(f"{cell}_1")
    keras.utils.set_random_seed(3)
    theirs = keras.layers.GRU(6, reset_after=False) if cell == "gru" else keras.layers.LSTM(6)
    theirs.build((None, 20, 8))
    for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(own, expected)


@pytest.mark.parametrize("averages", ["debiased", "plain"])
def test_batch_normalisation_is_that_of_2018_or_of_today(averages: str) -> None:
    """Compare with TensorFlow's averages, which the Keras of 2018 used, and with today's layer."""
    batches = np.random.default_rng(0).normal(3, 2, (5, 8, 4)).astype(np.float32)
    ours, keras_3 = BatchNormalisation(0.9, averages), keras.layers.BatchNormalization(momentum=0.9)
    for batch, debiased in zip(batches, _debiased_averages(batches, 0.9), strict=True):
        assert np.allclose(ours(batch, training=True), keras_3(batch, training=True), atol=1e-5)
        expected = debiased if averages == "debiased" else keras_3.get_weights()[2:]
        assert np.allclose(ours.get_weights()[2:], expected, rtol=1e-4)
    keras_3.set_weights(ours.get_weights())
    assert np.allclose(ours(batches[0]), keras_3(batches[0]), atol=1e-5)


def _debiased_averages(batches: np.ndarray, momentum: float) -> list[list[np.ndarray]]:
    """Return mean and variance after each batch, by the function that the Keras of 2018 called."""
    with tf.compat.v1.Graph().as_default(), tf.compat.v1.Session() as session:
        given = tf.compat.v1.placeholder(tf.float32, batches.shape[1:])
        values = dict(zip(FIRST, tf.nn.moments(given, [0]), strict=True))
        values["variance"] *= batches.shape[1] / (batches.shape[1] - 1.001)
        first = {name: tf.fill(batches.shape[2:], own) for name, own in FIRST.items()}
        moving = {name: tf.compat.v1.get_variable(name, initializer=own) for name, own in first.items()}
        updates = [moving_averages.assign_moving_average(moving[name], values[name], momentum) for name in FIRST]
        session.run(tf.compat.v1.global_variables_initializer())
        return [(session.run(updates, {given: batch}), session.run(list(moving.values())))[1] for batch in batches]


def test_layers_that_are_left_out() -> None:
    names = {layer.name for layer in build_network(Network(units=4), 20, 8).layers}
    assert {"gru_1", "gru_2", "batch_normalisation", "dense", "dropout", "classes"} <= names
    bare = build_network(Network(units=4, layers=1, dense_units=0, batch_normalisation=False, dropout=0.0), 20, 8)
    assert [layer.name for layer in bare.layers][1:] == ["gru_1", "classes"]
    assert count_trainable(bare) == 3 * 4 * (8 + 4 + 1) + 3 * (4 + 1)


def test_dropout_works_in_training_only() -> None:
    segments = np.random.default_rng(0).normal(size=(64, 20, 8)).astype(np.float32)
    for values, varies in (
        ({"cell_dropout": 0.5, "dropout": 0.0}, True),
        ({"cell_dropout": 0.0, "dropout": 0.0}, False),
    ):
        model = build_network(Network(units=4, layers=1, batch_normalisation=False, **values), 20, 8)
        asked = [np.asarray(model(segments)) for _ in range(2)]
        assert np.array_equal(*asked)
        trained = [np.asarray(model(segments, training=True)) for _ in range(2)]
        assert np.array_equal(*trained) != varies
