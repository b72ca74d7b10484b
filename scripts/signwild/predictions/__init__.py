"""Predictions and records of experiments, and their evaluation."""
