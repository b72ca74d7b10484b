"""The configuration: what a user may write, read and checked."""
