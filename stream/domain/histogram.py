"""Log-linear buckets for durations: integer arithmetic only, mergeable and subtractable.

Sixty-four buckets to each power of two make a bucket at most 1/64 as wide as its lower edge, so its
middle is within 0.8 % of any value in it; up to 127 ms the value itself is kept. Integers make the
bucket of a value the same on every machine, which a logarithm does not promise.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

_EXACT_BITS = 7


def bucket_of(value_ms: int) -> int:
    """The bucket that holds `value_ms` (>= 0)."""
    shift = value_ms.bit_length() - _EXACT_BITS
    if shift <= 0:
        return value_ms
    return (shift << (_EXACT_BITS - 1)) + (value_ms >> shift)


def value_of(bucket: int) -> int:
    """The middle of `bucket`, in ms."""
    half = 1 << (_EXACT_BITS - 1)
    if bucket < 2 * half:
        return bucket
    shift = (bucket - half) // half
    mantissa = bucket - shift * half
    return (mantissa << shift) + ((1 << shift) >> 1)


class Ranks:
    """Nearest-rank quantiles of counts by bucket, which are put in order once."""

    __slots__ = ("_buckets", "_seen")

    def __init__(self, counts: Mapping[int, int]) -> None:
        self._buckets = sorted(counts)
        self._seen = list(accumulate(map(counts.__getitem__, self._buckets)))

    def ms(self, percent: int) -> int | None:
        """The least value in ms that at least so many do not exceed; None of nothing."""
        if not self._seen or self._seen[-1] <= 0:
            return None
        rank = -(-self._seen[-1] * percent // 100)
        return value_of(self._buckets[bisect_left(self._seen, rank)])

    def seconds(self, percent: int) -> float | None:
        """The same in seconds."""
        ms = self.ms(percent)
        return None if ms is None else ms / 1000
