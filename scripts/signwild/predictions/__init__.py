"""What every experiment leaves behind, and how good it is."""
