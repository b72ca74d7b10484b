"""Dataset: the videos and labels of a run."""
