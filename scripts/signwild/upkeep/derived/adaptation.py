"""The run that fine-tunes a detector on a user's labelled videos, and compares it with the unchanged detector.

Everything that a detector's networks depend on comes from its folder: how videos are sampled, streams, VGG-16's
weights or those of the network in its place, the layer, and the shape of the networks. Videos, labels, folds and
everything else come from the user's configuration. Three experiments are compared on every held-out fold: the unchanged
detector, the detector fine-tuned on the other folds, and networks of the same shape that learn from the user's videos
alone.
"""

from pathlib import Path
from typing import Any

from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.learning_curve import LEARNING_CURVE
from signwild.exported.model import Detector, Variant, Weights

TABLE = "adaptation"
AS_IS, ADAPTED, ANEW = "as_is", "adapted", "anew"
"""Names of the three experiments, and prefixes of the names of what they fuse."""

FOLDS = 3
"""Number of folds if the user's configuration gives none: as many as ten videos can fill."""

FINE_TUNING = {"learning_rate": 0.0001, "batch_size": 16, "epochs": 200, "patience": 30, "schedule": None}
ALONE = {"learning_rate": 0.001, "batch_size": 16, "epochs": 200, "patience": 30, "schedule": None}
"""Values of training that the user's configuration does not set: a tenth of Adam's usual rate keeps most of what the
detector has learned. Our choice."""

SHARES, DRAWS = (0.5, 0.75, 1.0), 2
"""Shares of the training persons, and draws of each, on which the detector is adapted as well: they show whether more
labelled persons would still bring something. Our choice: with ten videos, less than half holds nothing of a class."""

OF_THE_DETECTOR = ("resample", "streams", "features", "layer", "network", "weights", "backbones")
"""Sections of the user's configuration that the detector decides."""


def adapted_run(run: str) -> str:
    """Return the name of the run that adapts a detector to the videos of ``run``."""
    return f"{run}_adapted"


def check_adaptable(user: dict[str, Any], source: str, detector: Detector) -> None:
    """Raise InputError if a detector cannot be adapted to the videos of a configuration, or not be evaluated on them.

    ``user``: the configuration, checked by itself; ``source``: its file, for messages.
    """
    run, training = user["run"], user.get("training") or {}
    if "start_from" in training:
        raise InputError(f"{source}: training.start_from: an adaptation starts from MODEL; remove the key")
    # An adapted detector is also the output of the run that would start from it.
    if detector.model.run in (run, adapted_run(run)):
        raise InputError(
            f"{detector.folder}: was trained on the videos of the run {run}, so none is held out to evaluate it; "
            f"name another detector as MODEL, or label other videos and give their configuration another `run`"
        )


def adaptation_configuration(user: dict[str, Any], detector: Detector, experiments_file: Path) -> dict[str, Any]:
    """Return the configuration of the run that adapts ``detector`` to the videos of a user's configuration.

    ``user``: as read from the file, checked. ``experiments_file``: where ``adaptation_experiments`` are written.
    Raises InputError if the detector was made with weights that only its maker has.
    """
    model = detector.model
    kept = {key: value for key, value in user.items() if key not in (*OF_THE_DETECTOR, "training", "tables")}
    about = {key: value for key, value in (user.get("detection") or {}).items() if key == "about"}
    return kept | {
        "run": adapted_run(user["run"]),
        "weights": _weights(detector, model.weights, user.get("weights") or {}, "weights") if model.weights else {},
        "backbones": {
            name: _weights(detector, weights, (user.get("backbones") or {}).get(name) or {}, f"backbones.{name}")
            for name, weights in model.backbones.items()
        },
        "resample": model.resample.model_dump(mode="json"),
        "streams": {name: stream.model_dump(mode="json") for name, stream in model.streams.items()},
        "features": model.features.model_dump(mode="json"),
        "segments": {"folds": FOLDS, **(user.get("segments") or {}), "length": model.length},
        "experiments_file": str(experiments_file),
        "tables": [TABLE, LEARNING_CURVE],
        "report": {**(user.get("report") or {}), "experiment": ADAPTED},
        "detection": {"experiments": [ADAPTED], "networks": "all", **about},
    }


def adaptation_experiments(user: dict[str, Any], detector: Detector, variant: Variant) -> dict[str, Any]:
    """Return experiments, table and learning curve of an adaptation, in the form of an experiments file."""
    own = {"stop_on": "inner", **(user.get("training") or {})}
    start = {"start_from": str(detector.folder)}
    trainings = {
        AS_IS: {**FINE_TUNING, **own, **start, "epochs": 0},
        ADAPTED: {**FINE_TUNING, **own, **start},
        ANEW: {**ALONE, **own},
    }
    experiments: dict[str, Any] = {}
    for name, training in trainings.items():
        parts = {f"{name}_{member}" if len(variant.members) > 1 else name: member for member in variant.members}
        for part, member in parts.items():
            entry = detector.model.members[member].model_dump(
                mode="json", include={"stream", "backbone", "layer", "network"}
            )
            experiments[part] = {**entry, "training": training}
        if len(parts) > 1:
            experiments[name] = {"fuse": list(parts), "rule": variant.rule}
    rows = [
        {"label": f"{detector.model.run} as it is", "experiment": AS_IS},
        {"label": "adapted to these videos", "experiment": ADAPTED},
        {"label": "trained on these videos alone", "experiment": ANEW},
    ]
    table = {
        "caption": f"The detector {detector.identity}, as it is and adapted, on held-out videos",
        "columns": ["loss", "accuracy", "f1_signing", "calibration_error"],
        "reference": AS_IS,
        "gain": ADAPTED,
        "rows": rows,
    }
    curve = {"experiments": [ADAPTED], "shares": list(SHARES), "draws": DRAWS}
    return {"experiments": experiments, "tables": {TABLE: table}, LEARNING_CURVE: curve}


def _weights(detector: Detector, weights: Weights, own: dict[str, Any], section: str) -> dict[str, Any]:
    """Return the section of the weights of a network in the detector; ``own``: the user's section of that name.

    The user decides where they come from: a copy of the maker's file, whose bytes are compared before the training, or
    a mirror of Keras's files.
    """
    if weights.source == "file":
        if Path(str(own.get("source"))).is_file():
            return own
        raise InputError(
            f"{detector.folder}: was made with its maker's own file of weights, {weights.file} (sha256 "
            f"{weights.sha256}), which is not in it; name a copy as {section}.source"
        )
    fc1 = {"fc1": "random"} if weights.random_fc1 and weights.source == "packaged" else {}
    seed = {"seed": weights.seed} if weights.source == "random" or fc1 else {}
    mirror = {"url": own["url"]} if weights.source == "imagenet" and "url" in own else {}
    return {"source": weights.source, **fc1, **seed, **mirror}
