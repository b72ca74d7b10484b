"""Accuracy against the number of training persons."""
