"""The receipt of prepared weights: what other stages need to know of them."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PreparedWeights:
    """Weights that are at hand: ``identity``, preprocessing included, is part of the features' keys.

    ``path`` is empty for random ones.
    """

    identity: str
    path: str
    preprocessing: str
    seed: int


def read_receipt(receipt: Path) -> PreparedWeights:
    """Read what ``prepare_weights`` wrote."""
    return PreparedWeights(**json.loads(receipt.read_text()))
