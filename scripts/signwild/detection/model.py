"""A detector's folder: everything that it takes to answer about a video, but the weights of VGG-16.

detector.json    what it is: streams, networks, preprocessing, variants with their decisions, scores and costs
networks.h5      {member}/{fold}/{number}: the variables of each fold's network, with the key of its training
model_card.md    the same for people
SHA256SUMS       checksums of the three, as `sha256sum -c` reads them
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import PositiveInt, ValidationError

from signwild.detection.folder import CHECKSUMS, FILES
from signwild.digests import file_digest, file_sha256, result_key
from signwild.errors import InputError
from signwild.label_text import suggestion
from signwild.packaged import vgg16
from signwild.packaged.vgg16 import packaged_weights
from signwild.parameters.base import Name, Parameters
from signwild.parameters.detection import Decision
from signwild.parameters.experiment import FusionRule
from signwild.parameters.features import Features, Layer
from signwild.parameters.network import Network
from signwild.parameters.resample import Resample
from signwild.parameters.stream import Stream
from signwild.weights_preparation import IMAGENET_FILES
from signwild.weights_receipt import PreparedWeights

FORMAT = 1


class Member(Parameters):
    """A trained experiment: what it reads, its network, and the folds that were held out from one each."""

    stream: Name
    layer: Layer
    network: Network
    folds: list[int]


class Variant(Parameters):
    """A way to use the detector: its members put together, what it makes of their probabilities, and how good it is.

    ``scores``: by metric of ``detection.score_table.METRICS``, value and interval on held-out videos.
    ``ms_per_sample``: decoding, streams and VGG-16 where the run was made, on ``device``; none where not measured.
    """

    name: Name
    members: list[Name]
    rule: FusionRule
    decision: Decision
    scores: dict[str, tuple[float | None, float | None, float | None]]
    ms_per_sample: float | None
    device: str


class Weights(Parameters):
    """Which weights VGG-16 had: see ``weights_receipt.PreparedWeights``."""

    identity: str
    path: str
    preprocessing: str
    seed: int
    random_fc1: bool = False


class DetectorModel(Parameters):
    """What detector.json holds."""

    format: Literal[1] = FORMAT
    run: str
    classes: tuple[str, ...]
    length: PositiveInt
    resample: Resample
    features: Features
    streams: dict[Name, Stream]
    weights: Weights
    members: dict[Name, Member]
    variants: list[Variant]
    not_comparable: list[str]


@dataclass(frozen=True)
class Detector:
    """A detector's folder, checked. ``identity``: run and the start of a digest of all files."""

    folder: Path
    model: DetectorModel
    identity: str

    def variant(self, name: str | None) -> Variant:
        """A variant by its name, the first without one; raises InputError for a name that there is none of."""
        by_name = {variant.name: variant for variant in self.model.variants}
        if name is None:
            return self.model.variants[0]
        if name not in by_name:
            raise InputError(
                f"{self.folder}: has no variant {name!r}{suggestion(name, by_name)}; it has {', '.join(by_name)}"
            )
        return by_name[name]


def read_detector(folder: Path) -> Detector:
    """Read and check a detector's folder; raises InputError where a file is missing or was changed."""
    checksums = folder / CHECKSUMS
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; `make export` says where a run's detector is")
    if not checksums.is_file():
        raise InputError(f"{folder}: holds no {CHECKSUMS}, so it is no detector; `make export` writes one")
    lines = checksums.read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines if "  " in line)
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: is missing; copy the detector's folder whole")
        if listed.get(name) != file_sha256(folder / name):
            raise InputError(f"{folder / name}: is not what {CHECKSUMS} says; copy the folder again, or export anew")
    try:
        model = DetectorModel.model_validate_json((folder / "detector.json").read_bytes())
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise InputError(
            f"{folder / 'detector.json'}: {place}: {problem['msg']}; it was exported by another version: export anew"
        ) from None
    return Detector(folder, model, f"{model.run} {result_key(listed)[:8]}")


def find_weights(wanted: Weights, given: Path | None, hint: str) -> PreparedWeights:
    """The weights of VGG-16 that a detector was made with, from a file whose bytes are the right ones.

    ``given``: the user's file; without one, that of the run, or what the package index has. ``hint``: the option that
    names it. Raises InputError.
    """
    if not wanted.path and given:
        raise InputError(f"{given}: the detector has random weights, made from their seed; leave {hint} out")
    if not wanted.path:
        return PreparedWeights(**wanted.model_dump())
    path, identity = given or Path(wanted.path), wanted.identity.partition("+")[0]
    if path == vgg16.FOLDER / vgg16.FILE:
        path = packaged_weights(vgg16.FOLDER)
    if not path.is_file():
        what = " or ".join(name for name, _ in IMAGENET_FILES.values()) if identity == "imagenet" else path.name
        raise InputError(f"{path}: no such file of VGG-16's weights; give {what} by {hint}")
    if identity == "imagenet":
        is_right = file_digest(path, "md5") in {md5 for _, md5 in IMAGENET_FILES.values()}
    else:
        is_right = f"{file_sha256(path)}-{wanted.preprocessing}" == identity
    if not is_right:
        raise InputError(f"{path}: not the weights that the detector was trained with ({wanted.identity}); see {hint}")
    return PreparedWeights(**wanted.model_dump() | {"path": str(path)})
