"""Descriptors: hand-crafted features of each sample."""
