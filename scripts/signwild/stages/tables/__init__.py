"""Tables of comparison, and the statements of the paper."""
