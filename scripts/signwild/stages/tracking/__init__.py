"""Tracking: runs in MLflow."""
