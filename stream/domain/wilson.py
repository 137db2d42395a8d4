"""Confidence bounds of a ratio: Wilson's score interval (E. B. Wilson, 1927)."""

from math import sqrt

#: Standard normal quantile of 0.975, for 95 % confidence.
Z = 1.959963984540054


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """The lower and upper bound of `part / whole` at 95 %; None if `whole` is 0."""
    if whole <= 0:
        return None
    share, spread = part / whole, Z * Z / whole
    centre = share + spread / 2
    half = Z * sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, (centre - half) / (1 + spread)), min(1.0, (centre + half) / (1 + spread))
