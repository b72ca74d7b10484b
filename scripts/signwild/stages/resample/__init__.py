"""Resample: 5 Hz samples and the grey clip of each video."""
