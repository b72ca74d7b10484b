"""Comparison tables, and the statements of the paper."""
