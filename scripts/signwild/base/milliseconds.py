"""Times in whole milliseconds, rounded alike in every file that states them."""

from decimal import ROUND_HALF_UP, Decimal

NEAR = 1e-6
"""Distance from whole milliseconds within which there is nothing to round: of most times, which is much quicker."""


def milliseconds(seconds: float) -> int:
    """Return a time in whole milliseconds; halves of the number as it is written go up, so 1.0005 s is 1001 ms."""
    product = float(seconds) * 1000
    if abs(product - (nearest := round(product))) < NEAR:
        return nearest
    return int((Decimal(repr(float(seconds))) * 1000).quantize(Decimal(1), ROUND_HALF_UP))
