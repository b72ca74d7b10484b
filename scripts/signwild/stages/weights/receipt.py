"""The receipt of prepared weights: what other stages need to know of them."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PreparedWeights:
    """Weights that are at hand: ``identity``, preprocessing included, is part of the features' keys.

    ``path`` is empty for random ones. ``random_fc1``: the file has no fc1, and it is made from ``seed``; then the
    identity ends in ``+`` and what it is.
    """

    identity: str
    path: str
    preprocessing: str
    seed: int
    random_fc1: bool = False


def read_receipt(receipt: Path) -> PreparedWeights:
    """Read what ``prepare_weights`` wrote."""
    return PreparedWeights(**json.loads(receipt.read_text()))
