"""The compiled network takes Keras's steps, and is shared by networks that differ only in values."""

import keras
import numpy as np
import pytest

from signwild.configuration.sections.network import Network
from signwild.stages.training import compiled
from signwild.stages.training.compiled import CompiledNetworks, Form, NetworkInTraining, compiled_networks
from signwild.stages.training.network import build_network
from signwild.stages.training.steps import Prediction, Step

LENGTH, WIDTH = 6, 12
EQUAL = np.ones(3, np.float32)


def batches(count: int, size: int = 10) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    features = random.normal(size=(count, size, LENGTH, WIDTH)).astype(np.float16)
    return [(values, random.integers(0, 3, size)) for values in features]


def trained(
    network: Network, weights: np.ndarray = EQUAL, precision: str = "float32"
) -> tuple[CompiledNetworks, NetworkInTraining]:
    """Return a network after a few steps, as a trainer with the seed 1 starts it."""
    keras.utils.set_random_seed(1)
    model = build_network(network, LENGTH, WIDTH)
    networks = compiled_networks(Form(network, LENGTH, WIDTH, precision, "float16"))
    fit = networks.fit(0, network)
    fit.restore(fit.start(model))
    for number, (features, classes) in enumerate(batches(4)):
        networks.train({0: Step(features, classes, weights, 0.01 / (number + 1))})
    return networks, fit


def predicted(networks: CompiledNetworks, features: np.ndarray) -> np.ndarray:
    return networks.predict({0: Prediction(features)})[0]


@pytest.mark.parametrize(
    ("values", "class_weights"),
    [
        ({}, None),
        ({"cell": "lstm", "layers": 1, "cell_dropout": 0.5}, None),
        ({"cell": "statistics", "l2": 0.1}, {0: 0.5, 1: 1.0, 2: 2.0}),
        ({"dropout": 0.0, "cell_dropout": 0.0, "batch_normalisation": False}, {0: 2.0, 1: 1.0, 2: 0.5}),
    ],
)
def test_steps_are_those_of_keras(values: dict, class_weights: dict | None) -> None:
    network = Network(units=5, dense_units=4, **values)
    weights = EQUAL if class_weights is None else np.array(list(class_weights.values()), np.float32)
    networks, ours = trained(network, weights)
    keras.utils.set_random_seed(1)
    theirs = build_network(network, LENGTH, WIDTH)
    theirs.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    for number, (features, classes) in enumerate(batches(4)):
        theirs.optimizer.learning_rate = 0.01 / (number + 1)
        theirs.train_on_batch(features, classes, class_weight=class_weights)
    for own, expected in zip(ours.values(), theirs.variables, strict=True):
        assert np.allclose(own, expected.numpy(), rtol=1e-4, atol=1e-5)
    features = batches(1)[0][0]
    assert np.allclose(predicted(networks, features), theirs.predict(features, verbose=0), atol=1e-5)


def test_a_step_reports_losses_and_hits_before_it() -> None:
    network = Network(units=5, dense_units=4, dropout=0.0, cell_dropout=0.0, batch_normalisation=False)
    networks, fit = trained(network)
    features, classes = batches(1)[0]
    probabilities = predicted(networks, features)
    losses = -np.log(probabilities[np.arange(10), classes]) * np.array([1, 2, 3])[classes]
    fit.scores()  # of the steps before
    networks.train({0: Step(features, classes, np.array([1, 2, 3], np.float32), 0.01)})
    loss, found = fit.scores()
    assert float(loss) == pytest.approx(losses.sum(), rel=1e-4)
    assert int(found) == (probabilities.argmax(axis=1) == classes).sum()
    assert not fit.scores().any()


def test_rates_of_dropout_share_the_compiled_form_and_change_what_is_trained() -> None:
    compiled._compiled.cache_clear()
    rates = [{}, {"dropout": 0.1, "cell_dropout": 0.6}]
    alone = []
    for values in rates:
        alone.append(trained(Network(units=5, dense_units=4, **values))[1].values())
        compiled._compiled.cache_clear()
    together = [trained(Network(units=5, dense_units=4, **values))[0] for values in rates]
    assert together[0] is together[1]
    assert compiled._compiled.cache_info().misses == 1
    in_turn = [trained(Network(units=5, dense_units=4, **values))[1].values() for values in rates]
    for own, expected in zip(in_turn, alone, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(own, expected, strict=True))
    assert not np.allclose(alone[0][0], alone[1][0])


def test_bfloat16_products_are_near_and_predictions_stay_float32() -> None:
    network = Network(units=5, dense_units=4)
    (first, exact), (second, rounded) = (trained(network, precision=precision) for precision in ("float32", "bfloat16"))
    one, other = exact.values(), rounded.values()
    assert not np.array_equal(one[0], other[0])
    assert np.abs(one[0] - other[0]).mean() < 0.1 * np.abs(one[0]).mean()
    assert {values.dtype for values in other} == {np.dtype(np.float32)}
    rounded.restore(exact.state())
    features = batches(1)[0][0]
    assert np.array_equal(predicted(second, features), predicted(first, features))
