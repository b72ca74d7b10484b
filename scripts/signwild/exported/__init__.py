"""An exported detector: its folder, its description, and its networks."""
