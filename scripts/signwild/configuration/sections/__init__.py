"""The values that each stage works with, a module a stage: a new option of one is no news to the others.

Defaults are the paper's text. Each class is a section of the configuration file; unknown keys are errors.
"""
