"""Detection: where signing is in whole videos, and what to make of the answer."""
