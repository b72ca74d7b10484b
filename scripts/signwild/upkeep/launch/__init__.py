"""Starts of the workflow in a working folder: its lock, killed runs, Snakemake, and what is printed at the end."""
