"""The network of an exported detector that a training starts from."""

from pathlib import Path

from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.exported.folder import NETWORKS
from signwild.exported.model import Detector, Member, read_detector
from signwild.exported.network_files import StartingNetwork
from signwild.keys.features import layer_identity
from signwild.stages.weights.receipt import read_receipt

FORM = ("cell", "layers", "units", "batch_normalisation", "dense_units")
"""Keys that determine the form of a network; the other keys of ``network`` control how it learns."""

OF_RECURRENT_CELLS = ("layers", "units")
"""Keys that do not affect the form of a network that reads statistics."""


def starting_network(experiment: TrainedExperiment, weights: Path | None) -> StartingNetwork | None:
    """Return the network that an experiment's training starts from; None if its initial weights are random.

    ``weights``: the receipt of the weights, in this run, of the network whose layer is read. Raises InputError if the
    detector has no such network, has several, or was made with other weights.
    """
    if experiment.training.start_from is None:
        return None
    detector = read_detector(Path(experiment.training.start_from))
    name = starting_member(detector, experiment)
    if weights is None:
        raise InputError("training.start_from: the receipt of the run's weights is not given; see --weights")
    ours, theirs = read_receipt(weights).identity, detector.model.weights_of(experiment.backbone).identity
    ours, theirs = (layer_identity(identity, experiment.layer) for identity in (ours, theirs))
    if ours != theirs:
        raise differing(detector, "weights", ours, theirs)
    return StartingNetwork(detector.folder / NETWORKS, f"{name}/{detector.model.members[name].networks[0]}")


def starting_member(detector: Detector, experiment: TrainedExperiment) -> str:
    """Return the name of the detector's only member with the experiment's input and a network of the same form.

    Raises InputError if there is no such member, if there are several, or if it has several networks.
    """
    members = detector.model.members
    found = {name: own for name, own in members.items() if own.stream == experiment.stream}
    if not found:
        had = ", ".join(sorted({own.stream for own in members.values()}))
        what = f"stream {experiment.stream}" if experiment.stream else f"descriptor {experiment.descriptor}"
        raise InputError(f"training.start_from: {detector.folder} has no network that reads {what}; it has {had}")
    for key, ours in _form(experiment).items():
        alike = {name: own for name, own in found.items() if _form(own)[key] == ours}
        if not alike:
            raise differing(detector, key, ours, _form(next(iter(found.values())))[key])
        found = alike
    if len(found) > 1:
        raise InputError(
            f"training.start_from: {detector.folder} has several members that read what this experiment reads, "
            f"{', '.join(found)}; export a detector with one of them"
        )
    ((name, member),) = found.items()
    if len(member.networks) > 1:
        raise InputError(
            f"training.start_from: {detector.folder} has {len(member.networks)} networks of {name}, but a training "
            "starts from one; export it with detection.networks: all"
        )
    return name


def _form(read_by: TrainedExperiment | Member) -> dict[str, object]:
    """Return the values that determine the form of a network's weights, by configuration key."""
    network = read_by.network
    keys = [key for key in FORM if network.cell != "statistics" or key not in OF_RECURRENT_CELLS]
    return {"backbone": read_by.backbone, "layer": read_by.layer} | {
        f"network.{key}": getattr(network, key) for key in keys
    }


def differing(detector: Detector, key: str, ours: object, theirs: object) -> InputError:
    """Return the error for a key whose value here differs from the detector that a training is to start from."""
    return InputError(
        f"training.start_from: {key} is {_written(ours)}, but {_written(theirs)} in {detector.folder}; "
        "give both the same value"
    )


def _written(value: object) -> str:
    """Return a value as it is written in a configuration."""
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
