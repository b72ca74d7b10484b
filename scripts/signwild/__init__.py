"""Signing in the Wild: the library behind the workflow's programs.

Pure functions with explicit paths and values; argparse in `cli` alone, Snakemake in `upkeep.forecast` alone.
"""
