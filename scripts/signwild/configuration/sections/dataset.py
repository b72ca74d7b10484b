"""The videos and labels that a run works on."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from signwild.base.classes import CLASSES
from signwild.configuration.sections.base import NonNegativeInt, Parameters, Share, each_once

REPOSITORY = "mark-borg/Signing-in-the-Wild-dataset"
COMMIT = "69a377ddfdf69194444c18ace2cdbce7e22037b0"
VIDEO_LIST_BLOB = "cb056a58638e3b2e432911c3005b07a1571b9c9f"
GROUNDTRUTH_BLOB = "5231c7a592628dd1991d8780b88a2b6e41c7b055"
"""The authors' repository at one commit, and git's blob ids of its list of videos and of its frame labels."""

BlobId = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


def _with_video_id(address: str) -> str:
    if "{video_id}" not in address:
        raise ValueError("must contain {video_id} in the place of the id")
    return address


def _with_scheme(proxy: str | None) -> str | None:
    if proxy and not re.match(r"(https?|socks4a?|socks5h?)://", proxy):
        raise ValueError("needs a scheme, such as http:// or socks5://")
    return proxy


class DemoDataset(Parameters):
    """Rendered videos with exact labels; needs no network and no files."""

    kind: Literal["demo"]
    videos_per_class: PositiveInt = 6
    seconds: Annotated[float, Field(ge=2, description="approximate length of a video")] = 14.0
    seed: NonNegativeInt = 1


TierNames = Annotated[list[Annotated[str, Field(min_length=1)]], AfterValidator(each_once)]


class Tiers(Parameters):
    """ELAN tiers whose annotations are the spans of each class, whatever their text."""

    signing: TierNames = ["signing"]
    speaking: TierNames = ["speaking"]
    other: TierNames = ["other"]

    @model_validator(mode="after")
    def _of_one_class(self) -> "Tiers":
        names = [(tier, label) for label in CLASSES for tier in getattr(self, label)]
        for place, (tier, label) in enumerate(names):
            if others := [other for name, other in names[:place] if name == tier]:
                raise ValueError(f'tier "{tier}" is named twice, for {others[0]} and {label}')
        if not names:
            raise ValueError("no tier is named")
        return self

    def classes(self) -> dict[str, str]:
        """Return the class of each tier, by the tier's name."""
        return {tier: label for label in CLASSES for tier in getattr(self, label)}


Overlap = Literal["refuse", "signing_first", "unlabelled"]


class FolderDataset(Parameters):
    """Video files in a folder, with labels."""

    kind: Literal["folder"]
    videos_dir: str
    labels: str = Field(
        description="labels.csv, a file in the format of the authors' groundtruth.txt, or ELAN's .eaf: one or a folder"
    )
    tiers: Tiers = Tiers()
    overlap: Overlap = Field(
        "refuse",
        description="moments with two classes: an error, the first of signing, speaking and other, or without a label",
    )


class Source(Parameters):
    """Source of the authors' list of videos and of their labels; each file is verified by its git blob id."""

    url: str = Field(
        f"https://raw.githubusercontent.com/{REPOSITORY}/{COMMIT}",
        description="folder that contains the two files, or a mirror of it",
    )
    list_blob: BlobId = Field(VIDEO_LIST_BLOB, description="git blob id of the list of videos")
    labels_blob: BlobId = Field(GROUNDTRUTH_BLOB, description="git blob id of the labels")


class YouTube(Parameters):
    """Settings for requesting videos from YouTube, politely and one at a time."""

    video_url: Annotated[str, AfterValidator(_with_video_id)] = Field(
        "https://www.youtube.com/watch?v={video_id}", description="address of a video"
    )
    format: str = Field(
        "bv[vcodec^=avc1][height<=480][fps<=?30]/18/bv*[height<=480][fps<=?30]/b[height<=?480]",
        description="which of a video's files, in yt-dlp's syntax",
    )
    shortest_pause_s: Annotated[float, Field(ge=0)] = Field(10.0, description="seconds from one video to the next ...")
    longest_pause_s: Annotated[float, Field(ge=0)] = Field(20.0, description="... drawn evenly between these two")
    timeout_s: PositiveFloat = Field(30.0, description="a connection that is silent for this many seconds has failed")
    tries: PositiveInt = Field(3, description="requests of a video in a row when the network fails")
    failures_in_a_row: PositiveInt = Field(5, description="temporary failures in a row that stop the queue")
    losses_in_a_row: PositiveInt = Field(
        15, description="videos in a row reported as permanently gone that stop the queue"
    )
    cookies: str | None = Field(None, description="file of cookies in Netscape's format, of an account that you own")
    proxy: Annotated[str | None, AfterValidator(_with_scheme)] = Field(
        None,
        description='address of a proxy; "" uses none, not even the environment\'s',
    )
    po_token_provider: str | None = Field(None, description="address of a bgutil provider of proof-of-origin tokens")

    @model_validator(mode="after")
    def _pauses_in_order(self) -> "YouTube":
        if self.longest_pause_s < self.shortest_pause_s:
            raise ValueError("longest_pause_s is below shortest_pause_s; raise it")
        return self


class WildDataset(Parameters):
    """The paper's videos, as far as YouTube still has them, with the authors' labels."""

    kind: Literal["signing-in-the-wild"]
    folder: str = Field("data/signing-in-the-wild", description="folder of what is downloaded; it is kept")
    videos_dir: str | None = Field(
        None, description="folder of videos that you have; they are used first, and not downloaded"
    )
    download: bool = Field(True, description="false: use only the videos that are there")
    manifest: str | None = Field(None, description="a published manifest.tsv: only its videos are used")
    max_malformed_share: Share = Field(0.01, description="share of faulty rows of labels above which the run stops")
    source: Source = Source()
    youtube: YouTube = YouTube()


Dataset = Annotated[DemoDataset | FolderDataset | WildDataset, Field(discriminator="kind")]
