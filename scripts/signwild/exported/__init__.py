"""An exported detector: its folder, what it says of itself, and its networks."""
