"""A descriptor of any kind."""

from typing import Annotated

from pydantic import Field

from signwild.configuration.sections.learned_patches import LearnedPatchesDescriptor
from signwild.configuration.sections.pose import PoseDescriptor
from signwild.configuration.sections.profiles import ProfilesDescriptor
from signwild.configuration.sections.visual_features import VisualFeaturesDescriptor

Descriptor = Annotated[
    ProfilesDescriptor | VisualFeaturesDescriptor | PoseDescriptor | LearnedPatchesDescriptor,
    Field(discriminator="kind"),
]
