"""Live contacts, indexed as boards need them."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from stream.domain.contact.contribution import Live

#: The key of a contact, and the position among all that it is doing.
Doing = tuple[str, int]


class ContactsNow:
    """Since when contacts wait and talk, in ms, by series and then by contact and position.

    `unanswered` is the same for messages that wait for a reply. `legs` counts the agents in contact by team,
    then channel.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, dict[Doing, int]] = defaultdict(dict)
        self.talking: dict[str, dict[Doing, int]] = defaultdict(dict)
        self.unanswered: dict[str, dict[Doing, int]] = defaultdict(dict)
        self.legs: dict[str, Counter[str]] = defaultdict(Counter)

    def move(
        self, key: str, before: tuple[Live, ...] | None, after: tuple[Live, ...] | None
    ) -> Iterable[str]:
        """See `LiveIndex`. A queue exists once a contact waits or talks in it, counted yet or not."""
        for position, doing in enumerate(before or ()):
            self._held(doing).pop((key, position), None)
            self._count_leg(doing, -1)
        for position, doing in enumerate(after or ()):
            self._held(doing)[key, position] = doing.since_ms
            self._count_leg(doing, 1)
        return [doing.series for doing in after or () if doing.series[0] == "c"]

    def _held(self, doing: Live) -> dict[Doing, int]:
        """The mapping for one thing that a contact is doing."""
        if doing.series[0] == "m":
            return self.unanswered[f"c{doing.series[1:]}"]
        return (self.waiting if doing.waiting else self.talking)[doing.series]

    def _count_leg(self, state: Live, count: int) -> None:
        if not state.waiting and state.series[0] in "ch" and state.team:
            self.legs[state.team][state.series.rpartition("\t")[2]] += count
