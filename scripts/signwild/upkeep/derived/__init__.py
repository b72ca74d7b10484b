"""Configurations that are made from others: for the shipped detector, and for adapting a detector to new videos."""
