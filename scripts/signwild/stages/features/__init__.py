"""Features: activations of VGG-16, or another network, at each sample."""
