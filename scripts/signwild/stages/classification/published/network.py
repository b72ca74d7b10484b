"""The network of a published detector: an LSTM and two outputs, read from the file of Keras that its authors gave."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from signwild.base.errors import InputError
from signwild.stages.classification.published.speeds import POINTS

SIGNING = 1
"""Output that stands for signing; the other stands for the rest."""

WHERE = (
    "give the file models/openpose-body/py/model.h5 of github.com/sign-language-processing/detection-train, "
    "the authors' model of OpenPose's 25 points"
)


@dataclass(frozen=True)
class PublishedLstm:
    """An LSTM of u units on 25 speeds, and a dense layer of two outputs; gates in Keras's order i, f, c, o.

    ``kernel`` (25, 4 u), ``recurrent`` (u, 4 u), ``bias`` (4 u,), ``dense`` (u, 2), ``dense_bias`` (2,).
    """

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    dense: np.ndarray
    dense_bias: np.ndarray

    def signing(self, speeds: np.ndarray) -> np.ndarray:
        """Return the probability of signing, (n,) float64, after each of n successive speeds (n, 25)."""
        units = len(self.recurrent)
        state, memory, outputs = np.zeros(units), np.zeros(units), []
        for inputs in speeds @ self.kernel + self.bias:
            entry, forget, new, out = np.split(inputs + state @ self.recurrent, 4)
            memory = _sigmoid(forget) * memory + _sigmoid(entry) * np.tanh(new)
            state = _sigmoid(out) * np.tanh(memory)
            outputs.append(state @ self.dense + self.dense_bias)
        logits = np.array(outputs).reshape(-1, 2)
        return _sigmoid(logits[:, SIGNING] - logits[:, 1 - SIGNING])


def read_published(path: Path) -> PublishedLstm:
    """Read the network; raises InputError for a file that is missing or holds another one."""
    if not path.is_file():
        raise InputError(f"classifier.file: no file {path}; {WHERE}")
    try:
        with h5py.File(path) as file:
            layers = file.get("model_weights", file)
            by_layer = [arrays for name in layers if (arrays := _arrays(layers[name]))]
    except (OSError, KeyError, AttributeError) as error:
        raise InputError(f"classifier.file: {path} is no model that Keras wrote ({error}); {WHERE}") from None
    arrays = [array for own in sorted(by_layer, key=len, reverse=True) for array in own]
    found = [tuple(array.shape) for array in arrays]
    units = found[3][0] if len(found) == 5 and found[3] else 0
    if found != [(POINTS, 4 * units), (units, 4 * units), (4 * units,), (units, 2), (2,)]:
        raise InputError(
            f"classifier.file: {path} has arrays of the shapes {found}, not an LSTM of {POINTS} inputs and two "
            f"outputs; {WHERE}"
        )
    return PublishedLstm(*(array.astype(np.float64) for array in arrays))


def _arrays(layer: h5py.Group) -> list[np.ndarray]:
    names = layer.attrs.get("weight_names", [])
    return [layer[name.decode() if isinstance(name, bytes) else name][()] for name in names]


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))
