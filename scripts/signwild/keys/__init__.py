"""Keys of results, made from what each result depends on."""
