"""Settings of face detection."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from signwild.configuration.sections.base import Parameters, Share, each_once

Detector = Literal["frontalface_default", "frontalface_alt", "frontalface_alt2", "frontalface_alt_tree", "profileface"]
"""OpenCV's five Haar cascades for faces, haarcascade_<name>.xml."""


class Faces(Parameters):
    """Viola-Jones detectors that must agree, and faces that must last (Shipman et al.; values ours).

    Shipman et al. found their results stable down to every 20th frame; every third sample is about every 18th.
    """

    detectors: Annotated[list[Detector], Field(min_length=1), AfterValidator(each_once)] = [
        "frontalface_default",
        "frontalface_alt",
        "frontalface_alt2",
        "frontalface_alt_tree",
        "profileface",
    ]
    every: PositiveInt = Field(
        3, description="check every n-th sample; its faces also count for the samples up to the next one"
    )
    whole_every: PositiveInt = Field(
        2,
        description="search every n-th checked sample as a whole, and those between near what is seen there; 1: all as "
        "a whole with every detector, which takes twice as long and finds hardly any other faces",
    )
    short_side: PositiveInt = Field(
        360, description="frames are reduced to this shorter side, in pixels, before detection"
    )
    scale_factor: Annotated[float, Field(gt=1)] = 1.1
    min_neighbours: PositiveInt = Field(3, description="overlapping hits that make a detection, minus one")
    min_size: PositiveInt = Field(24, description="smallest face, in pixels of the reduced frame")
    agreement: PositiveInt = Field(2, description="detectors that must see a face")
    overlap: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.3, description="intersection over union from which two boxes are one face"
    )
    persistence: Share = Field(0.5, description="share of the window's checked samples in which a face must be seen")
    persistence_seconds: PositiveFloat = Field(
        3.0, description="length of that window, centred on the sample; it should span several checked samples"
    )

    @model_validator(mode="after")
    def _can_agree(self) -> "Faces":
        if self.agreement > len(self.detectors):
            raise ValueError(f"agreement of {self.agreement} detectors, but there are {len(self.detectors)}")
        return self
