"""Faces: their boxes in the samples of a video."""
