"""A descriptor of any kind."""

from typing import Annotated

from pydantic import Field

from signwild.parameters.pose import PoseDescriptor
from signwild.parameters.profiles import ProfilesDescriptor
from signwild.parameters.visual_features import VisualFeaturesDescriptor

Descriptor = Annotated[ProfilesDescriptor | VisualFeaturesDescriptor | PoseDescriptor, Field(discriminator="kind")]
