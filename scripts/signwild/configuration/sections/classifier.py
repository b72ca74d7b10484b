"""Classifiers of one vector per segment or video, and a published one of whole videos."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from signwild.configuration.sections.base import Parameters

Candidates = Annotated[list[PositiveFloat], Field(min_length=1)]
Sizes = Annotated[list[PositiveInt], Field(min_length=1)]
Sample = Annotated[int, Field(ge=10)]


class Classifier(Parameters):
    """Settings of all kinds: standardised vectors, principal components, tuning inside the training folds."""

    components: PositiveInt | None = Field(6, description="principal components; null keeps the standardised vector")
    inner_folds: Annotated[int, Field(ge=2)] = Field(5, description="grouped folds for tuning and calibration")
    search_segments: Sample = Field(5000, description="segments that tuning uses at most, drawn evenly over groups")
    fit_segments: Sample = Field(
        20000, description="segments that the final fit uses at most, drawn evenly over groups"
    )


class SvmClassifier(Classifier):
    """Support vector machine with a radial basis kernel and balanced classes (Shipman et al.; values ours)."""

    kind: Literal["svm"]
    c: Candidates = Field([0.1, 1.0, 10.0, 100.0], description="values of C to choose from")
    gamma: Candidates = Field(
        [0.03, 0.1, 0.3, 1.0, 3.0],
        description="kernel widths to choose from, over the total variance of what the kernel sees "
        "(of standardised vectors: the number of dimensions)",
    )


class ForestClassifier(Classifier):
    """Random forest with balanced classes (Gebre et al.; values ours)."""

    kind: Literal["forest"]
    components: PositiveInt | None = Field(None, description="principal components; null keeps the standardised vector")
    trees: PositiveInt = 100
    leaf_segments: Sizes = Field([1, 3, 10], description="smallest leaves to choose from, in segments")


class NeighboursClassifier(Classifier):
    """k nearest neighbours (Yanovich et al.; values ours)."""

    kind: Literal["neighbours"]
    neighbours: Sizes = Field([1, 3, 5, 9, 15, 25], description="numbers of neighbours to choose from")


class LogisticClassifier(Classifier):
    """Multinomial logistic regression with squared weights as penalty and balanced classes (values ours)."""

    kind: Literal["logistic"]
    components: PositiveInt | None = Field(None, description="principal components; null keeps the standardised vector")
    c: Candidates = Field(
        [0.0001, 0.001, 0.01, 0.1, 1.0], description="values of C, the inverse of the penalty's weight"
    )


AnyClassifier = Annotated[
    SvmClassifier | ForestClassifier | NeighboursClassifier | LogisticClassifier, Field(discriminator="kind")
]
"""Any classifier that is tuned and fitted on the training folds."""


class PublishedClassifier(Parameters):
    """The detector that Moryossef et al. (2020) published, as it comes: signing or not, never trained on our videos."""

    kind: Literal["published"]
    file: str = Field(description="path of its model.h5, of OpenPose's 25 points of the body")
    sample_rate: PositiveInt = Field(description="samples a second, for speeds; default: that of `resample`")


FittedOrPublished = Annotated[AnyClassifier | PublishedClassifier, Field(discriminator="kind")]
