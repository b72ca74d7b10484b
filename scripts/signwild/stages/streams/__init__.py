"""Streams: what the network sees at each sample."""
