"""Takedown: removal of excluded videos and of everything made from them."""
