"""Settings of detection: which experiments become detectors, and how probabilities become segments and a verdict."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from signwild.configuration.sections.base import Name, Parameters, Share, each_once
from signwild.configuration.sections.experiments.fused import FusionRule
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.run import RunName
from signwild.configuration.sections.stream import Stream
from signwild.configuration.sections.weights import BackboneWeights, OtherBackbone, Weights


class Detection(Parameters):
    """Experiments that are slid over whole videos, evaluated as detectors, and exported."""

    experiments: Annotated[list[Name], Field(min_length=1), AfterValidator(each_once)] | None = Field(
        None,
        description="trained experiments, or fusions of these; without a list: that of `report.experiment`, all such "
        "fusions, and what they fuse",
    )
    networks: Literal["folds", "all"] = Field(
        "folds",
        description="what is exported of each trained experiment. folds: the network of every fold, and their mean. "
        "all: one network, trained on all folds",
    )
    scores_beside: RunName | None = Field(
        None,
        description="a run that differs only in segments.group_by: its scores are shown beside these in the card",
    )
    about: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="Markdown file that the exported model card includes: data, limits, intended use"
    )


class Decision(Parameters):
    """Values that turn probabilities of windows into segments and a verdict on the video; learned, not configured.

    In this order: probabilities are calibrated by ``temperature`` (see ``detector.temperature``); they are averaged
    over ``smoothing_s`` seconds; a sample is signing if p_signing is at least ``signing_threshold``, otherwise the more
    probable of the other two classes; a pause of at most ``merge_gap_s`` between two stretches of signing becomes
    signing; a stretch shorter than ``min_length_s`` is added to its longer neighbour.
    A video is called signing if at least ``verdict_share`` of it is signing, otherwise rest. This call is the verdict
    if its evidence, the mean calibrated probability of signing, is at least ``sure_signing_from``, or at most
    ``sure_rest_to``; otherwise the verdict is unsure.
    """

    temperature: PositiveFloat = 1.0
    smoothing_s: NonNegativeFloat = 0.0
    signing_threshold: Share = 0.5
    merge_gap_s: NonNegativeFloat = 0.0
    min_length_s: NonNegativeFloat = 0.0
    verdict_share: Share = 0.5
    sure_signing_from: Share = 0.0
    sure_rest_to: Share = 1.0


class Detector(Parameters):
    """An experiment as a detector: the trained experiments that it is based on, and how they are combined."""

    name: Name
    members: list[Name]
    rule: FusionRule = "mean"


class Exported(Parameters):
    """Description of a run's detectors that is exported along with its networks."""

    run: str
    length: PositiveInt
    resample: Resample
    features: Features
    weights: Weights
    backbones: dict[OtherBackbone, BackboneWeights]
    streams: dict[Name, Stream]
    detectors: Annotated[list[Detector], Field(min_length=1)]
    not_comparable: list[str]
