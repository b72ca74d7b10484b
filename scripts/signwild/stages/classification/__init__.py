"""Classification: classifiers of one vector per segment or per video."""
