"""Classification: classifiers of one vector a segment, or a video."""
