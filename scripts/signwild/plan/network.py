"""Content of the pictures of a framework, and of the features that it reads, from the plan of the run."""

import json

from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.plan.run import Plan

WEIGHTS = {"imagenet": "ImageNet weights", "packaged": "torchvision's weights", "random": "random weights"}
"""Names of VGG-16's weights in the picture, by their source."""

OTHERS = WEIGHTS | {"packaged": "ImageNet weights"}
"""The same of the other networks'."""


def network_definition(plan: Plan, name: str) -> str:
    """Return the framework of a trained or fused experiment, as JSON for its drawing."""
    configuration, fusion = plan.settings.configuration, plan.settings.fused.get(name)
    branches = [_branch(plan, member) for member in (fusion.fuse if fusion else [name])]
    return json.dumps(
        {
            "experiment": name,
            "branches": branches,
            "rule": fusion.rule if fusion else None,
            "image_size": configuration.resample.image_size,
            "length": configuration.segments.length,
            "sample_rate": configuration.resample.sample_rate,
        }
    )


def describe_features(plan: Plan) -> str:
    """Return what the shown members read, as JSON: see signwild.stages.illustration.draw_tsne.Panel."""
    read = set(FeatureSource.model_fields)
    return json.dumps(
        [
            {
                "name": name,
                "source": plan.settings.trained[name].model_dump(mode="json", include=read),
                "manifest": plan.manifest(name),
            }
            for name in plan.shown_members()
        ]
    )


def _branch(plan: Plan, name: str) -> dict:
    """Return a trained experiment with the entry of the stream or descriptor that it reads, and the weights."""
    configuration, experiment = plan.settings.configuration, plan.settings.trained[name]
    entry = experiment.model_dump(mode="json")
    if experiment.backbone in (None, "vgg16"):
        weights = WEIGHTS.get(configuration.weights.source, "own weights")
    else:
        weights = OTHERS.get(configuration.weights_of(experiment.backbone).source, "own weights")
    stream, descriptor = entry["stream"], entry["descriptor"]
    return {
        "source": f"{descriptor}: {', '.join(entry['parts'])}" if entry["parts"] else stream or descriptor,
        "stream": stream and configuration.streams[stream].model_dump(mode="json"),
        "descriptor": descriptor and configuration.descriptors[descriptor].model_dump(mode="json"),
        "columns": experiment.columns,
        "backbone": entry["backbone"],
        "layer": entry["layer"],
        "weights": f"{weights}\nrandom fc1" if plan.random_fc1 and entry["layer"] == "fc1" else weights,
        "network": entry["network"],
    }
