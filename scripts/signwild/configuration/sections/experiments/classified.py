"""An experiment with a classifier of one vector per segment or video."""

from signwild.base.classes import Unit
from signwild.configuration.sections.classifier import FittedOrPublished
from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.configuration.sections.experiments.protocol import CompleteProtocol
from signwild.configuration.sections.experiments.subset import SomePersons


class ClassifiedExperiment(FeatureSource):
    """Class probabilities by a classifier, from features of a segment or a whole video."""

    classifier: FittedOrPublished
    unit: Unit = "segment"
    protocol: CompleteProtocol = "cross_validation"
    subset: SomePersons = None
