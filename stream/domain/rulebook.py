"""The rulebook: the definitions that an installation books by, each from when on, and how it came to them.

Workers store it and all book by what is stored. A settings file that says something new amends it: from an
instant on that no event has reached, so that nothing which is booked has to be booked otherwise. What cannot
be changed like that waits until the rulebook is renewed, and all is built anew from the log by it.
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
from stream.domain.place import Place

MINUTE_MS = 60_000
#: A change has effect so long after it was told at the earliest: by then every worker has heard of it.
LEAD_MS = 5_000
#: Events may be stamped ahead of the clock; a change waits for them, but not for longer than this.
MOST_AHEAD_MS = 6 * MINUTE_MS
#: So many changes a rulebook takes until it is renewed; so many of them, and steps of a place, are kept then.
MOST_CHANGES, MOST_KEPT = 64, 16
_LETTERS = 12


class Wanted(NamedTuple):
    """What a settings file says of how to book."""

    definitions: Definitions
    grace_ms: int = GRACE_MS

    @property
    def fingerprint(self) -> str:
        """Short text that is another for another file, as far as it matters here."""
        found = self.definitions
        timelines = {**found.by_queue, **{("", name): of for name, of in found.by_channel.items()}}
        said = [sorted(timelines.items()), found.otherwise, found.by_agent, self.grace_ms]
        return sha256(repr(said).encode()).hexdigest()[:_LETTERS]


class Change(NamedTuple):
    """A file, followed from `told_ms` on; what it has booked otherwise is from `from_ms` on, if anything."""

    fingerprint: str
    told_ms: int
    from_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """`generation` is when it began, in ms, and tells it from others; `changes` begin with its first file."""

    generation: int
    definitions: Definitions
    grace_ms: int
    changes: tuple[Change, ...]

    @property
    def place(self) -> tuple[int, int]:
        """Greater for a later one, and for a later state of one."""
        return self.generation, len(self.changes)

    @property
    def id(self) -> str:
        """What tells this state of it from all others."""
        return ".".join(map(str, self.place))

    @property
    def fingerprint(self) -> str:
        """That of the file which is followed."""
        return self.changes[-1].fingerprint

    @property
    def is_full(self) -> bool:
        """Whether it takes no more changes."""
        return len(self.changes) >= MOST_CHANGES

    def has_followed(self, wanted: Wanted) -> bool:
        """Whether a file is, or was, the one that is followed."""
        return wanted.fingerprint in {change.fingerprint for change in self.changes}

    def contradicts(self, id_: str | None, booked_ms: int) -> bool:
        """Whether what was booked up to `booked_ms` by the state `id_` is booked otherwise by this one.

        None: nothing was booked yet, or by a version that did not tell.
        """
        if id_ is None:
            return False
        generation, _, revision = id_.partition(".")
        if generation != str(self.generation) or int(revision) > len(self.changes):
            return True
        later = self.changes[int(revision) :]
        return any(change.from_ms is not None and change.from_ms <= booked_ms for change in later)

    def is_outdated(self, wanted: Wanted) -> bool:
        """Whether a file is one that was followed before, and no more."""
        return self.has_followed(wanted) and wanted.fingerprint != self.fingerprint

    def differences(self, wanted: Wanted, now_ms: int) -> dict[Place, tuple[Definition, Definition]]:
        """Where another definition is in force by a file, now or after the last change: the file's, and ours.

        By which targets all is counted besides is left out: see `waiting`.
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
        """What of the file that is followed waits until all is built anew: at which places, and what."""
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
    """A new rulebook: what the file says holds for all that was ever told."""
    return Rulebook(now_ms, wanted.definitions, wanted.grace_ms, (Change(wanted.fingerprint, now_ms),))


def amended(book: Rulebook, wanted: Wanted, *, now_ms: int, booked_ms: int) -> Rulebook:
    """The rulebook that follows another file from now on, as far as can be; the same where it is full.

    What visits are held to changes from a whole minute on, as panes begin, which lies beyond all that was
    booked up to `booked_ms`. How they are counted is a choice of reading, and changes at once.
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
    """Definitions without queues that no file names any more and that are no others than what else holds."""
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
    """How is booked from an instant on."""
    timeline = _timeline(of, place)
    later = ((at_ms, _booked(step)) for at_ms, step in timeline if at_ms > from_ms)
    return [(from_ms, _booked(in_force(timeline, from_ms))), *later]


def _next_minute(at_ms: int) -> int:
    return at_ms - at_ms % MINUTE_MS + MINUTE_MS


def _places(*every: Definitions) -> list[Place]:
    """All that any of them has a definition for, in the order of names; the default is `("", "")`."""
    of_queues = {place for of in every for place in of.by_queue}
    of_channels = {("", channel) for of in every for channel in of.by_channel}
    return sorted(of_queues | of_channels | {("", "")})


def _timeline(of: Definitions, place: Place) -> Timeline:
    queue, channel = place
    return of.timeline(queue, channel) if queue else of.by_channel.get(channel, of.otherwise)


class _Both(NamedTuple):
    """A place in what holds, and in what a file says."""

    old: Definitions
    new: Definitions
    place: Place


def renewed(book: Rulebook, wanted: Wanted, *, now_ms: int, booked_ms: int) -> Rulebook:
    """A rulebook by which all is to be built anew: nothing of the file waits any more.

    What held in the past still does, unless the file names a day that has passed: from that day on it holds.
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
    """What held, with the days that were named late, and with every target that it is counted by."""
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
    """The first day that a file names, up to an instant, and that did not begin as it says."""
    days = (
        at_ms
        for at_ms, of in theirs
        if 0 < at_ms <= until_ms and _booked(of) != _booked(in_force(ours, at_ms))
    )
    return next(days, None)


def _amended(both: _Both, from_ms: int, edges: frozenset[int]) -> Timeline:
    """What held up to an instant, and what the file says from there on; what held, where no band tells."""
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
    """The part of a definition that visits are booked by."""
    return definition.target_ms, definition.short_abandon_ms, definition.clock_stop


def _read_as(booked: Definition, read: Definition) -> Definition:
    """A definition that holds visits to what one says, and counts them as another does."""
    return replace(
        read,
        target_ms=booked.target_ms,
        short_abandon_ms=booked.short_abandon_ms,
        clock_stop=booked.clock_stop,
        all_targets_ms=booked.all_targets_ms,
    )


def _is_told(timeline: list[tuple[int, Definition]], edges: frozenset[int], *, is_default: bool) -> bool:
    """Whether the wait bands tell all that is read from them; most is judged as it is booked."""
    is_read = is_default or any(of.all_targets_ms or of.booked is Attribution.OFFERED for _, of in timeline)
    return not is_read or all({of.target_ms, of.short_abandon_ms} - {0} <= edges for _, of in timeline)
