"""Receipt of prepared weights: what other stages need to know about them."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PreparedWeights:
    """Available weights; their ``identity``, which includes the preprocessing, is part of the features' keys.

    ``path`` is empty for random weights. ``random_fc1``: the file has no fc1, so it is made from ``seed``; the
    identity then ends in ``+`` and a description of it.
    """

    identity: str
    path: str
    preprocessing: str
    seed: int
    random_fc1: bool = False


def read_receipt(receipt: Path) -> PreparedWeights:
    """Read the receipt that ``prepare_weights`` wrote."""
    return PreparedWeights(**json.loads(receipt.read_text()))
