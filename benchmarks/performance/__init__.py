"""What `make bench` measures: the project's stages, plain forms of the authors' procedure, and the machine's limits."""
