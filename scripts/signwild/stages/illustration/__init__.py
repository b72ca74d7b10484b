"""Illustrations: frames of the classes, segments with their predictions, and t-SNE."""
