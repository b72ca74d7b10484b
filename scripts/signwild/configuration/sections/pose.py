"""Points of a person's body and hands as a descriptor."""

from typing import ClassVar, Literal

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import Parameters


class PoseDescriptor(Parameters):
    """Points of the body and of both hands, and their movement, by MediaPipe's networks (from none of the papers)."""

    kind: Literal["pose"]
    short_side: PositiveInt = Field(480, description="frames are reduced to this shorter side, in pixels")

    faces: ClassVar[None] = None
    width: ClassVar[int] = 47
