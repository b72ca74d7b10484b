"""Pictures on disk: PNG files, colours, sheets and bands."""
