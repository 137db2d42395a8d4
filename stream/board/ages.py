"""Since when contacts wait or talk, of those that are followed and of those that are not."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple, Self

from stream.board.stretch import Stretch
from stream.domain.contact.present import Doing
from stream.domain.window import Window


class Ages(NamedTuple):
    """`since`, ascending, of those who go on; `still` (since, until) of those known no further."""

    since: list[int]
    still: list[tuple[int, int]]

    @classmethod
    def of(cls, begun: Mapping[Doing, int], known: Mapping[str, int]) -> Self:
        """`begun`: when each began, in ms. `known`: up to when the contacts are known that nobody follows."""
        if not known:
            return cls(sorted(begun.values()), [])
        since = [at_ms for (contact, _), at_ms in begun.items() if contact not in known]
        still = [(at_ms, known[contact]) for (contact, _), at_ms in begun.items() if contact in known]
        return cls(sorted(since), still)

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self.since or self.still)

    def shown(self, now_ms: int) -> list[int]:
        """Since when, ascending, by a clock that stands still for who is not followed: their age stays."""
        if not self.still:
            return self.since
        return sorted([*self.since, *(since + max(0, now_ms - until) for since, until in self.still)])

    def late(self, target_ms: int, panes: Window, stretch: Stretch) -> int:
        """How many passed the target in a window, as far as is known."""
        low_ms, to_ms = panes.low_ms - target_ms, stretch.to_ms - target_ms
        late = bisect_left(self.since, to_ms) - bisect_left(self.since, low_ms)
        return late + sum(low_ms <= since < min(to_ms, until - target_ms) for since, until in self.still)

    def each(self) -> Iterator[tuple[int, float]]:
        """Since when, and until when that is known: for ever, of who is followed."""
        yield from ((since, inf) for since in self.since)
        yield from self.still
