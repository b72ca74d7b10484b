"""Statistics of the data set and of its lost videos."""
