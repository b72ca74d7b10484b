"""Encoders of pictures: features that are learned without labels, from patches of the training folds' frames."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from signwild.configuration.sections.base import Parameters

OpenShare = Annotated[float, Field(gt=0, lt=1)]


class Encoder(Parameters):
    """Settings of both kinds: patches, their whitening, and how a picture's features are pooled (values ours)."""

    features: PositiveInt = Field(100, description="features to learn")
    patch_size: Annotated[int, Field(ge=2)] = Field(8, description="side of a patch, in pixels of the reduced frame")
    patches: PositiveInt = Field(50000, description="patches to learn from, drawn evenly over the training segments")
    variance: Annotated[float, Field(gt=0, le=1)] = Field(
        0.99, description="share of the patches' variance that principal components keep before they are whitened"
    )
    iterations: PositiveInt = Field(100, description="steps of learning at most, each over all patches")
    step: PositiveInt = Field(2, description="pixels from one patch of a frame to the next when features are computed")
    grid: PositiveInt = Field(2, description="a feature's mean is taken in each of grid x grid parts of the frame")

    @model_validator(mode="after")
    def _learns_from_enough(self) -> "Encoder":
        if self.patches < self.features:
            raise ValueError(f"patches is {self.patches}, fewer than the {self.features} features to learn from them")
        return self


class KmeansEncoder(Encoder):
    """Centres of k-means; a feature is how much nearer than the mean a patch is (Coates et al., AISTATS 2011)."""

    kind: Literal["kmeans"]


class SparseAutoencoder(Encoder):
    """Hidden units of a sparse autoencoder: sigmoids that are rarely active, and a linear reconstruction."""

    kind: Literal["sparse_autoencoder"]
    sparsity: OpenShare = Field(0.05, description="mean activation that every hidden unit is drawn to")
    sparsity_weight: PositiveFloat = Field(3.0, description="weight of the divergence from it in the loss")
    weight_decay: PositiveFloat = Field(0.003, description="weight of half the squared weights in the loss")


AnyEncoder = Annotated[KmeansEncoder | SparseAutoencoder, Field(discriminator="kind")]
