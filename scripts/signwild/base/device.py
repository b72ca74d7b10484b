"""Which device networks run on."""

import keras


def network_device() -> str:
    """Where Keras computes: ``gpu`` where it sees one, else ``cpu``."""
    return "gpu" if keras.distribution.list_devices("gpu") else "cpu"
