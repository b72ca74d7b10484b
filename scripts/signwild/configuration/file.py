"""The configuration file of a run: every section with its defaults."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt

from signwild.configuration.sections.base import Name, NonNegativeInt, Parameters, Share, each_once
from signwild.configuration.sections.dataset import Dataset
from signwild.configuration.sections.descriptor import Descriptor
from signwild.configuration.sections.detection import Detection
from signwild.configuration.sections.faces import Faces
from signwild.configuration.sections.features import BackboneName, Features, Layer
from signwild.configuration.sections.hardware import Hardware
from signwild.configuration.sections.report import Report
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.run import RunName
from signwild.configuration.sections.segments import Segments
from signwild.configuration.sections.stream import Stream
from signwild.configuration.sections.tracking import Tracking
from signwild.configuration.sections.weights import BackboneWeights, OtherBackbone, Weights

DEFAULT_STREAMS = {name: {"kind": name} for name in ("rgb", "flow", "mhi", "difference")}
DEFAULT_FACES = {"ensemble": {}}
DEFAULT_DESCRIPTORS = {name: {"kind": name} for name in ("profiles", "visual_features", "pose", "learned_patches")}


def _added_to(defaults: dict[str, dict]) -> BeforeValidator:
    """Return a validator that adds the user's entries to ``defaults``, or replaces those of the same name."""
    return BeforeValidator(lambda entries: {**defaults, **entries} if isinstance(entries, dict) else entries)


class Configuration(Parameters):
    """A run's configuration file. Only ``run`` and ``dataset`` have no default."""

    run: RunName
    dataset: Dataset
    shards: PositiveInt = Field(51, description="groups of videos; each group is one job of a stage")
    max_failed_share: Share = Field(0.5, description="share of unusable videos above which the run stops")
    excluded_videos: str | None = Field(
        None, description="file of video ids to leave out, one per line; default: config/excluded_videos.txt"
    )
    resample: Resample = Resample()
    streams: Annotated[dict[Name, Stream], _added_to(DEFAULT_STREAMS)] = Field(
        default={}, validate_default=True, description="added to rgb, flow, mhi and difference, or replacing them"
    )
    faces: Annotated[dict[Name, Faces], _added_to(DEFAULT_FACES)] = Field(
        default={}, validate_default=True, description="ways to find faces; added to ensemble, or replacing it"
    )
    descriptors: Annotated[dict[Name, Descriptor], _added_to(DEFAULT_DESCRIPTORS)] = Field(
        default={},
        validate_default=True,
        description="added to profiles, visual_features, pose and learned_patches, or replacing them",
    )
    weights: Weights = Weights()
    backbones: dict[OtherBackbone, BackboneWeights] = Field({}, description="weights of networks other than VGG-16")
    features: Features = Features()
    layer: Layer | None = Field(
        None,
        description="layer of experiments that name none; default: fc1 of VGG-16, final_gap of another network",
    )
    segments: Segments = Segments()
    network: dict[str, Any] = Field({}, description="values for every experiment, unless the experiment sets its own")
    training: dict[str, Any] = Field({}, description="likewise")
    seeds: Annotated[list[NonNegativeInt], Field(min_length=1), AfterValidator(each_once)] = [1]
    experiments_file: str | None = Field(None, description="default: config/experiments.yaml")
    tables: list[Name] | None = Field(
        None,
        description="tables to build, whose experiments are trained, and `learning_curve`; default: all of the file",
    )
    keep_streams: bool = Field(False, description="keep images, grey clips and motion streams of every video on disk")
    report: Report = Report()
    detection: Detection = Detection()
    tracking: Tracking = Tracking()
    hardware: Hardware = Hardware()

    def weights_of(self, backbone: BackboneName) -> Weights | BackboneWeights:
        """Return the weights of a network."""
        return self.weights if backbone == "vgg16" else self.backbones.get(backbone, BackboneWeights())
