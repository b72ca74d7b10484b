"""Video files: finding them, reading what is in them, and decoding each once."""
