#!/usr/bin/env bash
# Keras: asking a network with recurrent dropout moves the seed of its next training step.
#
# Versions:  keras 3.15.1, tensorflow-cpu 2.21.0, Python 3.11
# Expected:  `fit` with validation data learns the same weights as without, since asking a network draws nothing;
#            a network of Dense and Dropout layers does.
# Seen:      a GRU or LSTM with `dropout` learns other weights: its seed generator goes on at each call, in asking too,
#            although no mask is applied there.
# Matters:   a training that is resumed, or watched more or less often, is another training unless the seeds'
#            state is put back as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 tensorflow-cpu==2.21.0
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - 2> "$folder/errors" << 'END' || { cat "$folder/errors"; exit 1; }
import keras
import numpy as np
import tensorflow as tf

tf.config.experimental.enable_op_determinism()
inputs = np.random.default_rng(0).normal(size=(16, 5, 3)).astype("float32")
classes = np.arange(16) % 3
LAYERS = {
    "Dense and Dropout": lambda: [keras.layers.Flatten(), keras.layers.Dense(8), keras.layers.Dropout(0.5)],
    "GRU with dropout": lambda: [keras.layers.GRU(8, dropout=0.5)],
    "LSTM with dropout": lambda: [keras.layers.LSTM(8, dropout=0.5)],
}


def trained(layers, validated: bool) -> list[np.ndarray]:
    """Weights after three epochs from the same seed, with or without validation data."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((5, 3)), *layers(), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    watched = {"validation_data": (inputs, classes)} if validated else {}
    model.fit(inputs, classes, epochs=3, shuffle=False, verbose=0, **watched)
    return model.get_weights()


for name, layers in LAYERS.items():
    alone, again, watched = trained(layers, False), trained(layers, False), trained(layers, True)
    assert all(np.array_equal(*pair) for pair in zip(alone, again)), f"{name}: the same training differs by itself"
    difference = max(float(np.abs(one - other).max()) for one, other in zip(alone, watched))
    print(f"{name}: with validation data the weights differ by {difference:.2g}")
    assert (difference == 0) == (name == "Dense and Dropout"), f"{name}: no longer so"
END
