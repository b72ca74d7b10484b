"""Download: every video gets a file, or a status with its reason."""
