"""Tallies: sparse counts and milliseconds that add, and nothing else.

A tally is a plain `dict` from field name to integer; a field of value 0 is not kept. `fields` has them all.
"""

from collections.abc import Mapping

from stream.domain import fields

Tally = dict[str, int]


def add(tally: Tally, field: str, amount: int) -> None:
    """Add `amount` to a field."""
    tally[field] = tally.get(field, 0) + amount


def merge(tally: Tally, other: Mapping[str, int], sign: int = 1) -> None:
    """Add (or subtract) every field of `other`; fields that become 0 are dropped."""
    for field, amount in other.items():
        total = tally.get(field, 0) + sign * amount
        if total:
            tally[field] = total
        else:
            tally.pop(field, None)


def merge_total(total: Tally, delta: Mapping[str, int]) -> None:
    """Add `delta` to a running total, without histograms, remembering how far it falls below its peak.

    A counter that Prometheus has seen must not go down; `total + ^` never does.
    """
    for field, amount in delta.items():
        family = fields.PLACES[field].family
        if not family.in_totals:
            continue
        total[field] = total.get(field, 0) + amount
        if family.never_falls:
            lacking = f"{fields.BELOW}{field}"
            below = total.get(lacking, 0) - amount
            if below > 0:
                total[lacking] = below
            elif below + amount > 0:
                del total[lacking]


def peak(total: Mapping[str, int]) -> Tally:
    """A running total as a counter must show it: corrections never take it below what was once seen."""
    shown = {field: count for field, count in total.items() if field[0] != fields.BELOW}
    for field, below in total.items():
        if field[0] == fields.BELOW:
            add(shown, field[1:], below)
    return shown
