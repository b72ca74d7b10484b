"""Weights of networks, and files extracted as data from packages of the package index; nothing is installed."""
