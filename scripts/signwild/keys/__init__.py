"""Keys of results: what each depends on."""
