"""A stream of any kind."""

from typing import Annotated

from pydantic import Field

from signwild.configuration.sections.difference import DifferenceStream
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.mhi import MhiStream
from signwild.configuration.sections.rgb import RgbStream

Stream = Annotated[RgbStream | FlowStream | MhiStream | DifferenceStream, Field(discriminator="kind")]
