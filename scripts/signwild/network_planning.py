"""What the picture of a framework shows, from the plan of the run."""

import json

from signwild.plan import Plan
from signwild.settings import Settings


def network_definition(plan: Plan, name: str) -> str:
    """The framework of a trained or fused experiment as its drawing wants it, in JSON."""
    configuration, fusion = plan.settings.configuration, plan.settings.fused.get(name)
    source = configuration.weights.source
    return json.dumps(
        {
            "experiment": name,
            "branches": [_branch(plan.settings, member) for member in (fusion.fuse if fusion else [name])],
            "rule": fusion.rule if fusion else None,
            "weights": {"imagenet": "ImageNet weights", "random": "random weights"}.get(source, "own weights"),
            "image_size": configuration.resample.image_size,
            "length": configuration.segments.length,
            "sample_rate": configuration.resample.sample_rate,
        }
    )


def _branch(settings: Settings, name: str) -> dict:
    """A trained experiment with the entry of the stream or descriptor that it reads."""
    configuration, entry = settings.configuration, settings.trained[name].model_dump(mode="json")
    stream, descriptor = entry["stream"], entry["descriptor"]
    return {
        "source": stream or descriptor,
        "stream": stream and configuration.streams[stream].model_dump(mode="json"),
        "descriptor": descriptor and configuration.descriptors[descriptor].model_dump(mode="json"),
        "layer": entry["layer"],
        "network": entry["network"],
    }
