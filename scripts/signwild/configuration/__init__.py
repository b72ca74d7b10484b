"""The configuration that a user writes, read and checked."""
