"""Weights of VGG-16, and files extracted as data from packages of the package index; nothing is installed."""
