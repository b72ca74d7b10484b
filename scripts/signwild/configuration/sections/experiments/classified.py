"""An experiment of a classifier of one vector a segment, or a video."""

from signwild.base.classes import Unit
from signwild.configuration.sections.classifier import AnyClassifier
from signwild.configuration.sections.experiments.feature_source import FeatureSource


class ClassifiedExperiment(FeatureSource):
    """From features, averaged over a segment or a whole video, to class probabilities by a classifier."""

    classifier: AnyClassifier
    unit: Unit = "segment"
