"""Faces: where the samples of a video show them."""
