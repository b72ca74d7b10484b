"""The settings of each stage, one module per stage: a new option of one stage does not concern the others.

Defaults follow the paper's text. Each class is a section of the configuration file; unknown keys are errors.
"""
