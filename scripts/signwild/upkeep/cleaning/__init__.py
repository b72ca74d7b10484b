"""Cleaning: finding and removing what no run needs any more."""
