"""Facts of the paper that every stage may need."""

VIDEOS = 1120
"""Videos of the paper's data set (section 3)."""

TABLES = 5
"""Tables of the paper; tables of higher numbers are ours."""

ATTRITION = 0.95
"""Share of the paper's videos below which the numbers are about other videos (our choice)."""
