"""An experiment with the recurrent network."""

from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.configuration.sections.experiments.protocol import Protocol
from signwild.configuration.sections.experiments.subset import SomePersons
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training


class TrainedExperiment(FeatureSource):
    """Class probabilities by the recurrent network, from features."""

    network: Network
    training: Training
    protocol: Protocol = "cross_validation"
    subset: SomePersons = None
