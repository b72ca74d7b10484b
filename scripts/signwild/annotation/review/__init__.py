"""Review of proposals in a browser on this machine: what is decided is written to the .eaf files at once."""
