"""Which parts of any video show signing, by a trained experiment, and the files that say so."""
