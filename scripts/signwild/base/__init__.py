"""What every package may need and that knows no stage."""
