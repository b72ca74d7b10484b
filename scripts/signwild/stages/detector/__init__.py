"""Detection of signing in whole videos, and output of the results."""
