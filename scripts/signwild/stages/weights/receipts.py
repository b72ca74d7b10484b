"""Receipts of the weights of a run's networks: a file for each network, named after it."""

from collections.abc import Iterable
from pathlib import Path

from signwild.configuration.sections.features import BackboneName
from signwild.stages.weights.receipt import PreparedWeights, read_receipt


def read_receipts(receipts: Iterable[Path]) -> dict[BackboneName, PreparedWeights]:
    """Read the receipts of several networks, by network."""
    return {path.stem: read_receipt(path) for path in receipts}


def read_identities(receipts: Iterable[Path]) -> dict[BackboneName, str]:
    """Read the identities of several networks' weights, by network."""
    return {name: prepared.identity for name, prepared in read_receipts(receipts).items()}
