"""An experiment with the recurrent network."""

from typing import Literal

from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training

Protocol = Literal["cross_validation", "two_folds"]
"""Every fold is held out once; or the first fold trains and the second validates (paper section 5.2.1)."""


class TrainedExperiment(FeatureSource):
    """Class probabilities by the recurrent network, from features."""

    network: Network
    training: Training
    protocol: Protocol = "cross_validation"
