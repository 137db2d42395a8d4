"""A contact: the set of its facts, with the contributions last computed from them."""

from collections.abc import Iterable, Sequence

from stream.domain.contact.contribution import (
    Contribution,
    Live,
    contributions,
    live,
    replies,
    stop_clocks,
    unanswered,
)
from stream.domain.contact.conversation import WRITTEN, conversation_of
from stream.domain.contact.offers import OFFERS_AND_ATTEMPTS, of_persons, offers_and_attempts
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

# Looking up enum members is slow, and these are compared for every event.
_UNUSUAL = {*OFFERS_AND_ATTEMPTS, *WRITTEN, *ABOUT_ANOTHER}


class Contact(Recomputed[Contribution]):
    """A contact read by `definitions`; contacts of one fold share a `poster`."""

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
            self._acts = self._acts or kind in OFFERS_AND_ATTEMPTS
            self._wrote = self._wrote or kind in WRITTEN
            self._others = self._others or kind in ABOUT_ANOTHER
        return new

    def computed(self) -> tuple[list[Contribution], tuple[Live, ...]]:
        """See `Recomputed`."""
        definitions = self._definitions
        # Corrections may add or remove anything, so with one every part is read. Otherwise only what occurs.
        facts = in_order(effective(self.facts) if self._others else self.facts.values())
        found = visits_of(facts)
        if definitions.by_acceptance:
            stop_clocks(found, definitions)
        contributed, doing = contributions(found, definitions), live(found)
        if self._acts or self._others:
            contributed += offers_and_attempts(facts, found)
        if definitions.by_agent:
            contributed += of_persons(facts, found, contributed)
        if self._wrote or self._others:
            written = conversation_of(facts, found)
            contributed += replies(written)
            doing += unanswered(written)
        return contributed, doing

    def post(self, tally: Tally, contribution: Contribution, sign: int) -> None:
        """See `Recomputed`."""
        if self._poster is None:
            self._poster = Poster(self._definitions.wait_edges_ms)
        self._poster.post(tally, contribution, sign)

    def book(self, facts: Sequence[Fact], batch: Batch) -> list[Contribution]:
        """See `Recomputed`. Also count late facts, on a series of their own."""
        new = super().book(facts, batch)
        if self._others and new:
            batch.booked_ms = max(batch.booked_ms, *(contribution[0] for contribution in new))
        late = [fact.at_ms for fact in facts if fact.at_ms < batch.late_before_ms]
        if late and self.contributions and self.contributions[0].series[0] == "c":
            for at_ms in late:
                add(batch.deltas.of(late_series(self.contributions[0].series), at_ms), CAME_LATE, 1)
        return new
