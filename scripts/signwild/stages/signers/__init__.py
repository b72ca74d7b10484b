"""Accuracy of each person, and how much persons differ."""
