"""A detector's folder: everything needed to classify a video except the weights of VGG-16, or a network in its place.

detector.json    description: streams, networks, preprocessing, variants with their decisions, scores and costs
networks.h5      {member}/{network}/{number}: the weights of each network in Keras's order, as float16 where they fit,
                 with the key of its training; see ``exported.network_files``
model_card.md    the same for people
SHA256SUMS       checksums of the three, as `sha256sum -c` reads them
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveInt, ValidationError

from signwild.base.digests import file_sha256, result_key
from signwild.base.errors import InputError
from signwild.base.text import suggestion
from signwild.configuration.sections.base import Name, Parameters
from signwild.configuration.sections.detection import Decision
from signwild.configuration.sections.experiments.fused import FusionRule
from signwild.configuration.sections.features import BackboneName, Features, Layer, Preprocessing, qualified
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.segments import GroupBy
from signwild.configuration.sections.stream import Stream
from signwild.configuration.sections.weights import OtherBackbone
from signwild.exported.folder import CHECKSUMS, FILES, STARTER

FORMAT = 3
"""Format of the folder; raise it when a program that reads the new format could not read the old one."""


BEFORE = {"cell_dropout_masks": "shared", "batch_normalisation_averages": "plain"}
"""How networks were trained before these keys existed: detectors of that time lack them."""


def _completed(network: object) -> object:
    return BEFORE | network if isinstance(network, dict) else network


class Member(Parameters):
    """A trained experiment: its input, the shape of its networks, and their names, such as fold_0."""

    stream: Name
    backbone: BackboneName = "vgg16"
    layer: Layer
    network: Annotated[Network, BeforeValidator(_completed)]
    networks: Annotated[list[Name], Field(min_length=1)]

    @property
    def what(self) -> str:
        """Qualified name of its layer."""
        return qualified(self.backbone, self.layer)


class Variant(Parameters):
    """A way to use the detector: its members, how their probabilities become decisions, and its scores.

    ``scores``: by what the folds keep together, and by metric of ``detection.score_table.METRICS``, value and interval
    on held-out videos.
    ``ms_per_sample``: decoding, streams and the networks that read them on the run's machine, on ``device``; None if
    not measured.
    """

    name: Name
    members: list[Name]
    rule: FusionRule
    decision: Decision
    scores: dict[GroupBy, dict[str, tuple[float | None, float | None, float | None]]]
    ms_per_sample: float | None
    device: str


class Weights(Parameters):
    """The weights that a network used, and their origin; without a path, which another machine would not have.

    ``source``: imagenet (Keras's file), packaged (from the package index), random (made from ``seed``), or file: the
    maker's file. ``file`` and ``sha256``: the name and bytes of a file, but Keras's of VGG-16. ``identity``,
    ``preprocessing``, ``random_fc1``: see ``receipt.PreparedWeights``.
    """

    source: Literal["imagenet", "packaged", "random", "file"]
    identity: str
    preprocessing: Preprocessing
    seed: NonNegativeInt = 0
    random_fc1: bool = False
    file: str = ""
    sha256: str = ""


class DetectorModel(Parameters):
    """Content of detector.json.

    ``weights``: of VGG-16, ``backbones``: of other networks, each if a member reads it. ``scores_of``: by what the
    folds keep together, the run that gave the scores; the detector's run is the first. ``training_videos``: see
    ``exported.training_videos``.
    """

    format: Literal[3] = FORMAT
    run: str
    classes: tuple[str, ...]
    length: PositiveInt
    resample: Resample
    features: Features
    streams: dict[Name, Stream]
    weights: Weights | None = None
    backbones: dict[OtherBackbone, Weights] = {}
    members: dict[Name, Member]
    variants: list[Variant]
    scores_of: dict[GroupBy, str]
    not_comparable: list[str]
    training_videos: list[str]

    def weights_of(self, backbone: BackboneName) -> Weights:
        """Return the weights of a network that some member reads."""
        return self.weights if backbone == "vgg16" else self.backbones[backbone]


@dataclass(frozen=True)
class Detector:
    """A checked detector folder. ``identity``: run and the start of a digest of all files."""

    folder: Path
    model: DetectorModel
    identity: str

    def variant(self, name: str | None) -> Variant:
        """Return a variant by its name, or the first if ``name`` is None; raise InputError for an unknown name."""
        by_name = {variant.name: variant for variant in self.model.variants}
        if name is None:
            return self.model.variants[0]
        if name not in by_name:
            raise InputError(
                f"{self.folder}: has no variant {name!r}{suggestion(name, by_name)}; it has {', '.join(by_name)}"
            )
        return by_name[name]


def read_detector(folder: Path) -> Detector:
    """Read and check a detector's folder; raise InputError if it is changed, incomplete or of another format."""
    checksums, description = folder / CHECKSUMS, folder / "detector.json"
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; `make export` prints where a run's detector is")
    if not checksums.is_file():
        raise InputError(f"{folder}: contains no {CHECKSUMS}, so it is not a detector; `make export` writes one")
    _check_format(folder)
    lines = checksums.read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines if "  " in line)
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: is missing; copy the detector's whole folder")
        if listed.get(name) != file_sha256(folder / name):
            raise InputError(f"{folder / name}: does not match {CHECKSUMS}; copy the folder again, or export it again")
    try:
        model = DetectorModel.model_validate_json(description.read_bytes())
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise InputError(
            f"{description}: {place}: {problem['msg']}; it was exported by another version: export it again"
        ) from None
    return Detector(folder, model, f"{model.run} {result_key(listed)[:8]}")


def _check_format(folder: Path) -> None:
    """Raise InputError for a folder that states another format; other damage is found afterwards."""
    try:
        content = json.loads((folder / "detector.json").read_bytes())
        found, run = content["format"], content["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if found != FORMAT:
        remedy = f"`make export CONFIG=...`, with the configuration of the run {run}, builds it again"
        if run == STARTER.name:
            remedy = "`make starter CLIPS=...` builds it again"
        raise InputError(f"{folder}: is a detector of format {found}, and this program reads format {FORMAT}; {remedy}")
