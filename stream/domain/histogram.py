"""Log-linear buckets for durations: integer arithmetic only, mergeable and subtractable.

Sixty-four buckets to each power of two make a bucket at most 1/64 as wide as its lower edge, so its
middle is within 0.8 % of any value in it; up to 127 ms the value itself is kept. Integers make the
bucket of a value the same on every machine, which a logarithm does not promise.
"""

from collections.abc import Mapping, Sequence

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
    """Nearest-rank quantiles for ascending `percents`: of the values, at least so many lie at or below."""
    total = sum(counts.values())
    if total <= 0:
        return [None] * len(percents)
    found: list[int | None] = []
    ranks = [-(-total * percent // 100) for percent in percents]
    seen = 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        while len(found) < len(ranks) and seen >= ranks[len(found)]:
            found.append(value_of(bucket))
    return found
