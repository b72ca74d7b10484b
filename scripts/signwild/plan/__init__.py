"""The plan of a run: what it consists of."""
