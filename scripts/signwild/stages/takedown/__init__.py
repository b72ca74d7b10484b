"""Takedown: videos that are excluded, and all that was made from them."""
