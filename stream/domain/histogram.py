"""Log-linear buckets for durations: integer arithmetic, mergeable and subtractable.

Each power of two has 64 buckets. A bucket is at most 1/64 as wide as its lower edge, so its middle is within
0.8 % of any value in it. Values up to 127 ms are exact. Integer arithmetic gives the same bucket on every
machine; a floating-point logarithm does not.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

_EXACT_BITS = 7


def bucket_of(value_ms: int) -> int:
    """The bucket of `value_ms` (>= 0)."""
    # Keep the seven leading bits: the first is always 1, so they tell 64 values apart, and `shift` tells the
    # power of two. A value of at most seven bits is its own bucket.
    shift = value_ms.bit_length() - _EXACT_BITS
    if shift <= 0:
        return value_ms
    return (shift << (_EXACT_BITS - 1)) + (value_ms >> shift)


def value_of(bucket: int) -> int:
    """The middle of `bucket`, in ms; the inverse of `bucket_of`."""
    half = 1 << (_EXACT_BITS - 1)
    if bucket < 2 * half:
        return bucket
    # Buckets 0 to 127 are exact. Each further power of two adds 64, so shift 1 begins at bucket 128.
    shift = (bucket - half) // half
    mantissa = bucket - shift * half
    return (mantissa << shift) + ((1 << shift) >> 1)


class Ranks:
    """Nearest-rank quantiles of counts by bucket; the buckets are sorted once."""

    __slots__ = ("_buckets", "_seen")

    def __init__(self, counts: Mapping[int, int]) -> None:
        self._buckets = sorted(counts)
        self._seen = list(accumulate(map(counts.__getitem__, self._buckets)))

    def ms(self, percent: int) -> int | None:
        """The least value in ms that `percent` % of the values do not exceed; None without values."""
        if not self._seen or self._seen[-1] <= 0:
            return None
        # The rank is rounded up. Negating twice does that in integers.
        rank = -(-self._seen[-1] * percent // 100)
        return value_of(self._buckets[bisect_left(self._seen, rank)])

    def seconds(self, percent: int) -> float | None:
        """The same in seconds."""
        ms = self.ms(percent)
        return None if ms is None else ms / 1000
