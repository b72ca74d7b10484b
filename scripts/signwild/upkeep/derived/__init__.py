"""Configurations that are made of others: for the shipped detector, and for adapting a detector to new videos."""
