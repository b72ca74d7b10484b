"""The device that networks run on."""

import keras


def network_device() -> str:
    """Return the device that Keras computes on: ``gpu`` if it sees one, else ``cpu``."""
    return "gpu" if keras.distribution.list_devices("gpu") else "cpu"
