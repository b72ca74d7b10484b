"""Work on finished and future runs: verification, cleaning, forecasts, derived configurations."""
