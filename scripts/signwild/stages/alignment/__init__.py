"""Alignment: labels moved to the frames of the file at hand."""
