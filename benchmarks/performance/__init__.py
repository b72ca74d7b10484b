"""Measurements of `make bench`: the project's stages, plain forms of the authors' procedure, the machine's limits."""
