"""A stream of any kind."""

from typing import Annotated

from pydantic import Field

from signwild.parameters.difference import DifferenceStream
from signwild.parameters.flow import FlowStream
from signwild.parameters.mhi import MhiStream
from signwild.parameters.rgb import RgbStream

Stream = Annotated[RgbStream | FlowStream | MhiStream | DifferenceStream, Field(discriminator="kind")]
