"""Points of a person's body and hands as a descriptor."""

from typing import ClassVar, Literal

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import Parameters

Part = Literal["body", "hands", "speeds"]
"""Parts of a pose that an experiment can read alone."""

COLUMNS: dict[Part, list[int]] = {
    "body": [*range(18), *range(29, 36), 44],
    "hands": [*range(18, 29), *range(36, 44), 45, 46],
    "speeds": [*range(29, 44)],
}
"""Columns of each part in ``pose_features``.

The body is head, shoulders and elbows, the hands begin at the wrists: positions, movements, and whether they are seen.
Speeds are the movements of both.
"""


class PoseDescriptor(Parameters):
    """Points of the body and of both hands, and their movement, by MediaPipe's networks (from none of the papers)."""

    kind: Literal["pose"]
    short_side: PositiveInt = Field(480, description="frames are reduced to this shorter side, in pixels")

    faces: ClassVar[None] = None
    width: ClassVar[int] = 47
