"""Which videos and labels a run works on."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from signwild.parameters.base import NonNegativeInt, Parameters


class DemoDataset(Parameters):
    """Rendered videos with exact labels; needs no network and no files."""

    kind: Literal["demo"]
    videos_per_class: PositiveInt = 6
    seconds: Annotated[float, Field(ge=2, description="length of a video, more or less")] = 14.0
    seed: NonNegativeInt = 1


class FolderDataset(Parameters):
    """Video files in a folder, with a table of labels."""

    kind: Literal["folder"]
    videos_dir: str
    labels: str = Field(description="labels.csv, or a file in the format of the authors' groundtruth.txt")


Dataset = Annotated[DemoDataset | FolderDataset, Field(discriminator="kind")]
