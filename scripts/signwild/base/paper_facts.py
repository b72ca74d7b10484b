"""Facts of the paper that every stage may need."""

VIDEOS = 1120
"""Videos of the paper's data set (section 3)."""

ATTRITION = 0.95
"""Where less than this share of the paper's videos is left, the numbers are about other videos (our choice)."""
