"""Helpers that any package may use and that know no stage."""
