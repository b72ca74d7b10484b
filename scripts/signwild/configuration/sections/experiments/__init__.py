"""Experiments, the tables that show them, and the statements that they are compared with."""
