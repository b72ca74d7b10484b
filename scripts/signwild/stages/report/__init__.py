"""The report of a run: one page that stands alone, a model card and a data card."""
