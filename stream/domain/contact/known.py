"""A contact: the set of its facts, with what they contribute as last computed."""

from collections.abc import Iterable, Sequence

from stream.domain.contact.acts import ACTS, acts, of_persons
from stream.domain.contact.conversation import WRITTEN, conversation_of
from stream.domain.contact.moment import Live, Moment, live, moments, replies, stop_clocks, unanswered
from stream.domain.contact.posting import Poster
from stream.domain.contact.visit import effective, visits_of
from stream.domain.definition import Definitions
from stream.domain.entity import NO_LIMIT, Batch, Recomputed
from stream.domain.fact import Fact
from stream.domain.fields import CAME_LATE
from stream.domain.kinds import ABOUT_ANOTHER
from stream.domain.order import in_order
from stream.domain.series import late_series
from stream.domain.tally import Tally, add

# Members of an enum are looked up slowly; these are compared for every event.
_UNUSUAL = {*ACTS, *WRITTEN, *ABOUT_ANOTHER}


class Contact(Recomputed[Moment]):
    """A contact, read by `definitions`; those of one fold share a `poster`."""

    __slots__ = ("_acts", "_definitions", "_others", "_poster", "_wrote")

    live: tuple[Live, ...]

    def __init__(self, facts: Iterable[Fact], definitions: Definitions, poster: Poster | None = None) -> None:
        self._definitions, self._poster = definitions, poster
        self._acts = self._wrote = self._others = False
        super().__init__(facts)

    def join(self, facts: Iterable[Fact], most: int = NO_LIMIT, over: list[Fact] | None = None) -> list[Fact]:
        """See `Recomputed`."""
        new = super().join(facts, most, over)
        for kind in [fact.kind for fact in new if fact.kind in _UNUSUAL]:
            self._acts = self._acts or kind in ACTS
            self._wrote = self._wrote or kind in WRITTEN
            self._others = self._others or kind in ABOUT_ANOTHER
        return new

    def contribution(self) -> tuple[list[Moment], tuple[Live, ...]]:
        """See `Recomputed`."""
        definitions = self._definitions
        facts = in_order(effective(self.facts) if self._others else self.facts.values())
        found = visits_of(facts)
        if definitions.by_acceptance:
            stop_clocks(found, definitions)
        told, doing = moments(found, definitions), live(found)
        if self._acts or self._others:
            told += acts(facts, found)
        if definitions.by_agent:
            told += of_persons(facts, found, told)
        if self._wrote or self._others:
            written = conversation_of(facts, found)
            told += replies(written)
            doing += unanswered(written)
        return told, doing

    def post(self, tally: Tally, moment: Moment, sign: int) -> None:
        """See `Recomputed`."""
        if self._poster is None:
            self._poster = Poster(self._definitions.wait_edges_ms)
        self._poster.post(tally, moment, sign)

    def book(self, facts: Sequence[Fact], batch: Batch) -> list[Moment]:
        """See `Recomputed`; and count what came late, in panes of their own: how, not what, was told."""
        new = super().book(facts, batch)
        if self._others and new:
            batch.booked_ms = max(batch.booked_ms, *(moment[0] for moment in new))
        late = [fact.at_ms for fact in facts if fact.at_ms < batch.late_before_ms]
        if late and self.moments and self.moments[0].series[0] == "c":
            for at_ms in late:
                add(batch.deltas.of(late_series(self.moments[0].series), at_ms), CAME_LATE, 1)
        return new
