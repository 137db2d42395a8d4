"""Log-linear buckets for durations: integer arithmetic only, mergeable and subtractable.

Sixty-four buckets to each power of two make a bucket at most 1/64 as wide as its lower edge, so its
middle is within 0.8 % of any value in it; up to 127 ms the value itself is kept. Integers make the
bucket of a value the same on every machine, which a logarithm does not promise.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
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


def quantiles_ms(counts: Mapping[int, int], percents: Sequence[int]) -> list[int | None]:
    """Nearest-rank quantiles for `percents`: of the values, at least so many lie at or below."""
    if not counts:
        return [None] * len(percents)
    buckets = sorted(counts)
    seen = list(accumulate(map(counts.__getitem__, buckets)))
    if seen[-1] <= 0:
        return [None] * len(percents)
    ranks = (-(-seen[-1] * percent // 100) for percent in percents)
    return [value_of(buckets[bisect_left(seen, rank)]) for rank in ranks]
