"""The stages of the workflow, a package each, with the same names as the rule files."""
