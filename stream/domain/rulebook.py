"""The rulebook: the definitions of an installation with their start dates, and its history of changes.

Workers store the rulebook, and all of them book by it. A changed settings file amends it from an instant that
no event has reached, so nothing has to be booked again. Changes that cannot wait for such an instant are held
until `pantau rebuild` renews the rulebook and rebuilds all state from the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

from stream.domain.agent.schedule import GRACE_MS
from stream.domain.definition import (
    Attribution,
    Definition,
    Definitions,
    Timeline,
    definitions,
    in_force,
)
from stream.domain.instant import MINUTE_MS
from stream.domain.place import Place

#: The earliest start of a change after it is stored: by then every worker has read it.
LEAD_MS = 5_000
#: Events may be stamped ahead of the clock; a change waits for them at most this long.
MOST_AHEAD_MS = 6 * MINUTE_MS
#: The most changes of a rulebook until it is renewed; and the most changes, and steps of a place, kept then.
MOST_CHANGES, MOST_KEPT = 64, 16
_LETTERS = 12


class Wanted(NamedTuple):
    """The part of a settings file that decides how visits are booked."""

    definitions: Definitions
    grace_ms: int = GRACE_MS

    @property
    def fingerprint(self) -> str:
        """A short text that differs between files that book differently."""
        found = self.definitions
        timelines = {**found.by_queue, **{("", name): of for name, of in found.by_channel.items()}}
        said = [sorted(timelines.items()), found.otherwise, found.by_agent, self.grace_ms]
        return sha256(repr(said).encode()).hexdigest()[:_LETTERS]


class Change(NamedTuple):
    """A file followed from `told_ms`. `from_ms` is the start of changed booking; None if nothing changed."""

    fingerprint: str
    told_ms: int
    from_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """`generation` is its start in ms and identifies it; `changes` begin with its first file."""

    generation: int
    definitions: Definitions
    grace_ms: int
    changes: tuple[Change, ...]

    @property
    def place(self) -> tuple[int, int]:
        """A sort key: greater for a later rulebook, and for a later state of the same one."""
        return self.generation, len(self.changes)

    @property
    def id(self) -> str:
        """A text that identifies this state."""
        return ".".join(map(str, self.place))

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the file in force."""
        return self.changes[-1].fingerprint

    @property
    def is_full(self) -> bool:
        """Whether it accepts no more changes."""
        return len(self.changes) >= MOST_CHANGES

    def has_followed(self, wanted: Wanted) -> bool:
        """Whether a file is or was in force."""
        return wanted.fingerprint in {change.fingerprint for change in self.changes}

    def contradicts(self, id_: str | None, booked_ms: int) -> bool:
        """Whether this state books something up to `booked_ms` differently from the state `id_`.

        `id_` is None when nothing was booked yet, or by a version that did not record it.
        """
        if id_ is None:
            return False
        generation, _, revision = id_.partition(".")
        if generation != str(self.generation) or int(revision) > len(self.changes):
            return True
        later = self.changes[int(revision) :]
        return any(change.from_ms is not None and change.from_ms <= booked_ms for change in later)

    def is_outdated(self, wanted: Wanted) -> bool:
        """Whether a file was in force before and no longer is."""
        return self.has_followed(wanted) and wanted.fingerprint != self.fingerprint

    def differences(self, wanted: Wanted, now_ms: int) -> dict[Place, tuple[Definition, Definition]]:
        """Places where the file has another definition, now or after the last change: the file's, and ours.

        Additional targets are left out; see `waiting`.
        """
        at_ms = max([now_ms, *(change.from_ms or 0 for change in self.changes)])
        found = {}
        for place in _places(self.definitions, wanted.definitions):
            ours, theirs = (
                in_force(_timeline(of, place), at_ms) for of in (self.definitions, wanted.definitions)
            )
            if replace(theirs, all_targets_ms=ours.all_targets_ms) != ours:
                found[place] = (theirs, ours)
        return found

    def waiting(self, wanted: Wanted, now_ms: int) -> dict[Place, str]:
        """What of the file in force waits for a rebuild, by place."""
        if wanted.fingerprint != self.fingerprint:
            return {}
        found: dict[Place, str] = {}
        if wanted.definitions.by_agent != self.definitions.by_agent:
            found["", ""] = "agents.ranking"
        elif wanted.grace_ms != self.grace_ms:
            found["", ""] = "agents.grace_seconds"
        for place in self.differences(wanted, now_ms):
            found[place] = "a target or limit that is no edge of the wait bands"
        for place in _places(self.definitions, wanted.definitions):
            ours, theirs = (_timeline(of, place) for of in (self.definitions, wanted.definitions))
            if set(theirs[-1][1].all_targets_ms) - set(ours[-1][1].all_targets_ms):
                found.setdefault(place, "service_level_by_target")
            elif _first_missed(ours, theirs, self.changes[-1].told_ms) is not None:
                found.setdefault(place, "a day that has passed")
        return found


def begun(wanted: Wanted, now_ms: int) -> Rulebook:
    """A new rulebook: the file applies to all events."""
    return Rulebook(now_ms, wanted.definitions, wanted.grace_ms, (Change(wanted.fingerprint, now_ms),))


def amended(book: Rulebook, wanted: Wanted, *, now_ms: int, booked_ms: int) -> Rulebook:
    """The rulebook amended by a file, as far as possible; unchanged if it is full.

    Targets, limits and clock stops change at a whole minute, as panes begin, after everything booked up to
    `booked_ms`. How visits are counted is a choice of the reader and changes at once.
    """
    if book.is_full:
        return book
    from_ms = _next_minute(max(now_ms + LEAD_MS, min(booked_ms, now_ms + MOST_AHEAD_MS)))
    old, new = book.definitions, wanted.definitions
    edges = frozenset(old.wait_edges_ms)
    timelines = {place: _amended(_Both(old, new, place), from_ms, edges) for place in _places(old, new)}
    found = _without_repeats(timelines, new.by_queue, old)
    moved = any(_after(old, place, from_ms) != _after(found, place, from_ms) for place in timelines)
    change = Change(wanted.fingerprint, now_ms, from_ms if moved else None)
    return replace(book, definitions=found, changes=(*book.changes, change))


def _without_repeats(
    timelines: dict[Place, Timeline], named: Mapping[Place, object], old: Definitions
) -> Definitions:
    """Definitions without queues that the file no longer names and that equal the general definition."""
    otherwise = timelines["", ""]
    by_channel = {place[1]: found for place, found in timelines.items() if not place[0] and place[1]}
    by_queue = {
        place: found
        for place, found in timelines.items()
        if place[0] and (place in named or found != by_channel.get(place[1], otherwise))
    }
    return definitions(
        by_queue, by_channel, otherwise, by_agent=old.by_agent, wait_edges_ms=old.wait_edges_ms
    )


def _after(of: Definitions, place: Place, from_ms: int) -> list[tuple[int, tuple[object, ...]]]:
    """The booking rules from an instant on."""
    timeline = _timeline(of, place)
    later = ((at_ms, _booked(step)) for at_ms, step in timeline if at_ms > from_ms)
    return [(from_ms, _booked(in_force(timeline, from_ms))), *later]


def _next_minute(at_ms: int) -> int:
    return at_ms - at_ms % MINUTE_MS + MINUTE_MS


def _places(*every: Definitions) -> list[Place]:
    """All places with a definition, by name; the default is `("", "")`."""
    of_queues = {place for of in every for place in of.by_queue}
    of_channels = {("", channel) for of in every for channel in of.by_channel}
    return sorted(of_queues | of_channels | {("", "")})


def _timeline(of: Definitions, place: Place) -> Timeline:
    queue, channel = place
    return of.timeline(queue, channel) if queue else of.by_channel.get(channel, of.otherwise)


class _Both(NamedTuple):
    """A place in the definitions in force and in those of a file."""

    old: Definitions
    new: Definitions
    place: Place


def renewed(book: Rulebook, wanted: Wanted, *, now_ms: int, booked_ms: int) -> Rulebook:
    """The rulebook for a rebuild, in which nothing of the file waits any more.

    Earlier definitions stay in force for the past, except after a past date that the file names.
    """
    old, new = book.definitions, wanted.definitions
    ever = definitions(old.by_queue, old.by_channel, old.otherwise)
    edges_ms = tuple(sorted({*ever.wait_edges_ms, *old.wait_edges_ms, *new.wait_edges_ms}))
    found = definitions(
        old.by_queue, old.by_channel, old.otherwise, by_agent=new.by_agent, wait_edges_ms=edges_ms
    )
    kept = replace(
        book,
        generation=max(now_ms, book.generation + 1),
        definitions=found,
        grace_ms=wanted.grace_ms,
        changes=book.changes[-MOST_KEPT:],
    )
    kept = amended(kept, wanted, now_ms=now_ms, booked_ms=booked_ms)
    timelines = {
        place: _whole(_Both(kept.definitions, new, place), now_ms) for place in _places(kept.definitions, new)
    }
    return replace(kept, definitions=_without_repeats(timelines, new.by_queue, found))


def _whole(both: _Both, now_ms: int) -> Timeline:
    """The definitions of a place, with past dates applied and with every target counted."""
    ours, theirs = _timeline(both.old, both.place), _timeline(both.new, both.place)
    missed_ms = _first_missed(ours, theirs, now_ms)
    if missed_ms is not None:
        ours = (*(s for s in ours if s[0] < missed_ms), *(s for s in theirs if s[0] >= missed_ms))
    (_, first), *later = ours[-MOST_KEPT:]
    steps = [(0, first), *later]
    targets_ms = {of.target_ms for _, of in steps} | {*theirs[-1][1].all_targets_ms}
    limits_ms = {of.short_abandon_ms for _, of in steps}
    every = tuple(sorted(targets_ms)) if len(targets_ms) > 1 or len(limits_ms) > 1 else ()
    return tuple((at_ms, replace(of, all_targets_ms=every)) for at_ms, of in steps)


def _first_missed(ours: Timeline, theirs: Timeline, until_ms: int) -> int | None:
    """The first date in a file, up to an instant, at which something else came into force."""
    days = (
        at_ms
        for at_ms, of in theirs
        if 0 < at_ms <= until_ms and _booked(of) != _booked(in_force(ours, at_ms))
    )
    return next(days, None)


def _amended(both: _Both, from_ms: int, edges: frozenset[int]) -> Timeline:
    """The definitions up to an instant, then those of the file; unchanged where the wait bands do not fit."""
    ours, theirs = _timeline(both.old, both.place), _timeline(both.new, both.place)
    targets_ms, wanted = ours[-1][1].all_targets_ms, in_force(theirs, from_ms)
    kept = [step for step in ours if step[0] < from_ms]
    at_ms, last = kept[-1]
    kept[-1] = (at_ms, _read_as(last, wanted))
    if _booked(wanted) != _booked(last):
        kept.append((from_ms, replace(wanted, all_targets_ms=targets_ms)))
    kept += [(at_ms, replace(of, all_targets_ms=targets_ms)) for at_ms, of in theirs if at_ms > from_ms]
    is_default = not any(both.place)
    return tuple(kept) if _is_told(kept, edges, is_default=is_default) else ours


def _booked(definition: Definition) -> tuple[object, ...]:
    """The part of a definition that decides booking."""
    return definition.target_ms, definition.short_abandon_ms, definition.clock_stop


def _read_as(booked: Definition, read: Definition) -> Definition:
    """A definition that books like `booked` and counts like `read`."""
    return replace(
        read,
        target_ms=booked.target_ms,
        short_abandon_ms=booked.short_abandon_ms,
        clock_stop=booked.clock_stop,
        all_targets_ms=booked.all_targets_ms,
    )


def _is_told(timeline: list[tuple[int, Definition]], edges: frozenset[int], *, is_default: bool) -> bool:
    """Whether the wait bands have every target and limit that is read from them."""
    is_read = is_default or any(of.all_targets_ms or of.booked is Attribution.OFFERED for _, of in timeline)
    return not is_read or all({of.target_ms, of.short_abandon_ms} - {0} <= edges for _, of in timeline)
