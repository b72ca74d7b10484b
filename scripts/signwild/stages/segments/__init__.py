"""Segments and folds."""
