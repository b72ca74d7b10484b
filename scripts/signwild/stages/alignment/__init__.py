"""Alignment: labels moved to the frames of the available file."""
