"""Frame differences as a stream."""

from typing import Literal

from pydantic import PositiveInt

from signwild.configuration.sections.base import NonNegativeInt, Parameters


class DifferenceStream(Parameters):
    """Stack of 5 absolute differences (paper section 4.2), or their saturating sum (authors' code)."""

    kind: Literal["difference"]
    before: NonNegativeInt = 3
    after: PositiveInt = 2
    form: Literal["stack", "sum"] = "stack"
    subtract_mean: bool = False
