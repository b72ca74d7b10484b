"""The learning curve: the accuracy of experiments against the number of training persons."""

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveInt

from signwild.configuration.sections.base import Name, Parameters, each_once
from signwild.configuration.sections.experiments.subset import Subset

LEARNING_CURVE = "learning_curve"
"""Name by which the configuration's ``tables`` choose the curve, and of its table."""


def _rising(shares: list[float]) -> list[float]:
    """Return the shares; raises ValueError unless each is larger than the one before, in six digits."""
    if any(float(f"{second:g}") <= float(f"{first:g}") for first, second in pairwise(shares)):
        raise ValueError("every share must be larger than the one before")
    return shares


def on_subset(experiment: str, subset: Subset | None) -> str:
    """Return the name of an experiment that trains on a subset, or on everything."""
    if subset is None:
        return experiment
    return f"{experiment}_share_{subset.share:g}_draw_{subset.draw}".translate(str.maketrans(".-+", "___"))


class LearningCurve(Parameters):
    """Experiments that are trained on rising shares of the training persons, each share drawn several times."""

    experiments: Annotated[list[Name], Field(min_length=1), AfterValidator(each_once)]
    shares: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=2), AfterValidator(_rising)] = Field(
        [0.25, 0.5, 0.75, 1.0], description="of the training persons of each fold, rising; 1: the experiment itself"
    )
    draws: PositiveInt = Field(
        3, description="orders of the persons; each is trained with one seed, the first draw with the first seed"
    )

    def points(self, share: float) -> list[Subset | None]:
        """Return what the draws of a share train on; None is everything."""
        return [Subset(share=share, draw=draw) if share < 1 else None for draw in range(1, self.draws + 1)]

    @property
    def subsets(self) -> list[Subset]:
        """The subsets of all shares and draws."""
        return [subset for share in self.shares for subset in self.points(share) if subset]

    @property
    def computed(self) -> list[str]:
        """Names of the experiments on all shares and draws."""
        subsets = [*self.subsets, *([None] if 1 in self.shares else [])]
        return [on_subset(name, subset) for name in self.experiments for subset in subsets]
