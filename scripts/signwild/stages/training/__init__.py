"""Training: recurrent networks, fold by fold, and their fusion."""
