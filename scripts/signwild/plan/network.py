"""Content of the picture of a framework, from the plan of the run."""

import json

from signwild.configuration.settings import Settings
from signwild.plan.run import Plan

WEIGHTS = {"imagenet": "ImageNet weights", "packaged": "torchvision's weights", "random": "random weights"}
"""Names of weights in the picture, by their source."""


def network_definition(plan: Plan, name: str) -> str:
    """Return the framework of a trained or fused experiment, as JSON for its drawing."""
    configuration, fusion = plan.settings.configuration, plan.settings.fused.get(name)
    branches = [_branch(plan.settings, member) for member in (fusion.fuse if fusion else [name])]
    fc1 = plan.random_fc1 and any(branch["layer"] == "fc1" for branch in branches)
    return json.dumps(
        {
            "experiment": name,
            "branches": branches,
            "rule": fusion.rule if fusion else None,
            "weights": WEIGHTS.get(configuration.weights.source, "own weights") + ("\nrandom fc1" if fc1 else ""),
            "image_size": configuration.resample.image_size,
            "length": configuration.segments.length,
            "sample_rate": configuration.resample.sample_rate,
        }
    )


def _branch(settings: Settings, name: str) -> dict:
    """Return a trained experiment with the entry of the stream or descriptor that it reads."""
    configuration, entry = settings.configuration, settings.trained[name].model_dump(mode="json")
    stream, descriptor = entry["stream"], entry["descriptor"]
    return {
        "source": stream or descriptor,
        "stream": stream and configuration.streams[stream].model_dump(mode="json"),
        "descriptor": descriptor and configuration.descriptors[descriptor].model_dump(mode="json"),
        "layer": entry["layer"],
        "network": entry["network"],
    }
