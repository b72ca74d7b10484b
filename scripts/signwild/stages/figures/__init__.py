"""Figures of trainings, networks and timelines."""
