"""Statistics of the data set, and of the videos that were lost."""
