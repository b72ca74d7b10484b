"""Cleaning: what no run needs any more."""
