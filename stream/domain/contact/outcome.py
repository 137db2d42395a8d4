"""Outcome of one visit under a definition: when it counts, and as what.

`contribution` and `tally` count many visits for the panes. This module judges one visit independently, so
each checks the other.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from stream.domain.contact.contribution import definition_of, left_verdict
from stream.domain.contact.visit import Visit
from stream.domain.definition import Attribution, Definition, Definitions
from stream.domain.kinds import Kind
from stream.domain.service_level import Counts, service_level


class Verdict(StrEnum):
    """What a visit means for the service level; `OPEN` is not decided yet."""

    MET = "met"
    MISS = "miss"
    OUT = "left_out"
    OPEN = "open"


class Standing(NamedTuple):
    """A visit counts at `at_ms` in the field `name` of `Counts`; with an empty name it does not count."""

    at_ms: int
    name: str


def outcome(visit: Visit) -> str:
    """`waiting`, `answered`, `abandoned`, `callback`, `error`, or `flowed_out`."""
    if visit.exit_kind == Kind.VISIT_LEFT:
        return left_verdict(visit.reason)
    return _OUTCOMES.get(visit.exit_kind, "waiting")


def read_by(visit: Visit, now: Definition, definitions: Definitions) -> Definition:
    """The definition `now` for this visit, which keeps the target, limit and clock stop of its start."""
    own = definition_of(visit, definitions)
    return replace(
        now, target_ms=own.target_ms, short_abandon_ms=own.short_abandon_ms, clock_stop=own.clock_stop
    )


def standing(visit: Visit, definition: Definition, now_ms: int) -> Standing:
    """How a visit with a known queue entry counts at `now_ms`."""
    found, late_ms = outcome(visit), visit.begun_ms + definition.target_ms
    decided = definition.booked is Attribution.DECIDED
    if found == "waiting":
        return Standing(late_ms, "late" if decided and late_ms < now_ms else "")
    if decided and visit.wait_ms > definition.target_ms:
        return Standing(late_ms, "late")
    at_ms = visit.queued_ms if definition.booked is Attribution.OFFERED else visit.exit_ms
    return Standing(at_ms, _name(found, visit.wait_ms, definition))


def _name(found: str, wait_ms: int, definition: Definition) -> str:
    if found == "error":
        return ""
    if found == "abandoned" and 0 < definition.short_abandon_ms >= wait_ms:
        return "short_abandoned"
    if wait_ms > definition.target_ms:
        return f"late_{found}"
    return f"{found}_in"


def counts_of(names: Iterable[str]) -> Counts:
    """Add up the names of standings."""
    counts = dict.fromkeys(Counts._fields, 0)
    for name in names:
        if name:
            counts[name] += 1
    return Counts(**counts)


def verdict(visit: Visit, name: str, definition: Definition) -> Verdict:
    """The verdict of the rule and policies of `definition` on a standing."""
    if not name and visit.exit_kind < 0:
        return Verdict.OPEN
    met, of = service_level(counts_of([name]), definition)
    if not of:
        return Verdict.OUT
    return Verdict.MET if met else Verdict.MISS


_OUTCOMES = {int(Kind.VISIT_ANSWERED): "answered", int(Kind.VISIT_ABANDONED): "abandoned"}
