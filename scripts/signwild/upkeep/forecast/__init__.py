"""Forecasts of what a run would do, why, and what that takes, before anything is started."""
