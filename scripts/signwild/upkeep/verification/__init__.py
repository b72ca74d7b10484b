"""Verification of a run, file by file."""
