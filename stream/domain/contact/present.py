"""What contacts are doing now, by what boards ask for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from stream.domain.contact.contribution import Live


class ContactsNow:
    """Since when contacts wait and talk, by series, then by what tells one visit from another.

    `unanswered` likewise of messages that wait for a reply. `legs` counts those that talk by team, then
    channel.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, dict[str, int]] = defaultdict(dict)
        self.talking: dict[str, dict[str, int]] = defaultdict(dict)
        self.unanswered: dict[str, dict[str, int]] = defaultdict(dict)
        self.legs: dict[str, Counter[str]] = defaultdict(Counter)

    def move(
        self, key: str, before: tuple[Live, ...] | None, after: tuple[Live, ...] | None
    ) -> Iterable[str]:
        """See `Present`: who waits or talks in a queue makes it one, counted yet or not."""
        for place, name, doing in self._doing(key, before or ()):
            place.pop(name, None)
            self._count_leg(doing, -1)
        for place, name, doing in self._doing(key, after or ()):
            place[name] = doing.since_ms
            self._count_leg(doing, 1)
        return [doing.series for doing in after or () if doing.series[0] == "c"]

    def _doing(self, key: str, state: tuple[Live, ...]) -> Iterator[tuple[dict[str, int], str, Live]]:
        """Where each thing that a contact is doing is kept, and under what name."""
        for position, doing in enumerate(state):
            if doing.series[0] == "m":
                yield self.unanswered[f"c{doing.series[1:]}"], key, doing
                continue
            places = self.waiting if doing.waiting else self.talking
            yield places[doing.series], f"{key}\t{position}", doing

    def _count_leg(self, state: Live, count: int) -> None:
        if not state.waiting and state.series[0] in "ch" and state.team:
            self.legs[state.team][state.series.rpartition("\t")[2]] += count
