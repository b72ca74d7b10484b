"""Features: activations of VGG-16 at each sample."""
