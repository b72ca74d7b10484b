"""The report of a run: one self-contained page, a model card and a data card."""
