"""Streams: the network's input at each sample."""
