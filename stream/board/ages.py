"""Ages of waits and talks, for contacts that are followed and for contacts that are not."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple, Self

from stream.board.interval import Interval
from stream.domain.contact.now import Doing
from stream.domain.window import Window


class Ages(NamedTuple):
    """`since` has the starts of followed contacts, ascending; `still` has (start, last known) of others."""

    since: list[int]
    still: list[tuple[int, int]]

    @classmethod
    def of(cls, begun: Mapping[Doing, int], known: Mapping[str, int]) -> Self:
        """`begun` has the starts in ms; `known` the last known instant of contacts that are not followed."""
        if not known:
            return cls(sorted(begun.values()), [])
        since = [at_ms for (contact, _), at_ms in begun.items() if contact not in known]
        still = [(at_ms, known[contact]) for (contact, _), at_ms in begun.items() if contact in known]
        return cls(sorted(since), still)

    def __bool__(self) -> bool:
        """Whether there is any contact."""
        return bool(self.since or self.still)

    def shown(self, now_ms: int) -> list[int]:
        """The starts, ascending; those of contacts that are not followed move along, so their age stays."""
        if not self.still:
            return self.since
        return sorted([*self.since, *(since + max(0, now_ms - until) for since, until in self.still)])

    def late(self, target_ms: int, panes: Window, interval: Interval) -> int:
        """How many passed the target in a window, as far as known."""
        low_ms, to_ms = panes.low_ms - target_ms, interval.to_ms - target_ms
        late = bisect_left(self.since, to_ms) - bisect_left(self.since, low_ms)
        return late + sum(low_ms <= since < min(to_ms, until - target_ms) for since, until in self.still)

    def each(self) -> Iterator[tuple[int, float]]:
        """Each start with its last known instant, which is infinite for followed contacts."""
        yield from ((since, inf) for since in self.since)
        yield from self.still
