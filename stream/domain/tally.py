"""Tallies: sparse counts and milliseconds that add.

A tally is a `dict` from field name to integer; fields with value 0 are left out. `fields` lists all fields.
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
    """Add `delta` to a running total, without histograms, and track how far each field is below its peak.

    A correction may lower a total, but a Prometheus counter must not go down. The total plus its `^` field
    never does.
    """
    for field, amount in delta.items():
        family = fields.PARSED[field].family
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
    """A running total as counters show it: each field at its highest value so far."""
    shown = {field: count for field, count in total.items() if field[0] != fields.BELOW}
    for field, below in total.items():
        if field[0] == fields.BELOW:
            add(shown, field[1:], below)
    return shown
