"""Conversations: the messages of a contact, read as replies and as a question that is still unanswered.

A contact is over once it ended, was merged into another, or its last open queue was abandoned. A later start,
queue entry or customer message reopens it, and all clocks restart. A reply is the first message of a person
or bot after a customer message; an unasked message is no reply.

- People hold the contact from a queue entry to the end of the visit or its leg. A queue entry is a *hand-off*
  if a
  bot wrote before it while nobody held the contact. Bots are ignored while people hold it.
- FIRST runs from the reopening or the first fact of the contact, or from the latest hand-off. After an
  unasked message
  of an agent it runs from the next customer message. A transfer does not restart it.
- NEXT runs from the first unanswered customer message, even if that precedes a hand-off. If a bot answered
  everything,
  it runs from the hand-off: from then on the customer waits for people.
- ANY is the customer's view: replies of bots count too, and hand-offs do not matter.

Facts of one instant are read in the order of `order`: a message with the time of the end comes before the
end.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from stream.domain import fields
from stream.domain.contact.visit import Visit, visits_of
from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.order import in_order
from stream.domain.series import contact_series

_NEVER: Final = -1
#: The kinds that make a conversation.
WRITTEN = {int(Kind.MESSAGE_SENT)}
_MESSAGE_SENT: Final = int(Kind.MESSAGE_SENT)
_CONTACT_STARTED, _CONTACT_ENDED = int(Kind.CONTACT_STARTED), int(Kind.CONTACT_ENDED)
_CONTACT_LINKED = int(Kind.CONTACT_LINKED)
_VISIT_QUEUED, _VISIT_ABANDONED = int(Kind.VISIT_QUEUED), int(Kind.VISIT_ABANDONED)
_VISIT_ANSWERED, _LEG_ENDED = int(Kind.VISIT_ANSWERED), int(Kind.LEG_ENDED)
_FRAME = frozenset({_CONTACT_STARTED, _CONTACT_ENDED, _MESSAGE_SENT})


class ReplyKind(IntEnum):
    """Which clock a reply stops. One message may stop several."""

    FIRST = 0  # the first reply of a person after the start or a reopening
    NEXT = 1  # every reply of a person, including the first
    ANY = 2  # every reply, including those of bots


class Reply(NamedTuple):
    """A stopped clock: `uid` is the message that stopped it, `series` that of its (queue, channel)."""

    at_ms: int
    series: str
    kind: ReplyKind
    wait_ms: int
    uid: str


class Unanswered(NamedTuple):
    """The customer waits for a person to write since `since_ms`, for the `first` time or again."""

    since_ms: int
    series: str
    first: bool


class Conversation(NamedTuple):
    """The replies of a contact in order of time, and the open question, if any."""

    replies: tuple[Reply, ...] = ()
    open: Unanswered | None = None


def conversation(facts: Iterable[Fact]) -> Conversation:
    """Read the conversation of one contact from its effective facts, in any order.

    A reply is booked on the latest visit that had begun, or on the first to begin before the contact was
    over; with neither it is left out. No wait is negative.
    """
    facts = list(facts)
    if not any(fact.kind == _MESSAGE_SENT for fact in facts):
        return Conversation()
    ordered = in_order(facts)
    return conversation_of(ordered, visits_of(ordered))


def conversation_of(ordered: list[Fact], found: Iterable[Visit]) -> Conversation:
    """Read a conversation from ordered facts and the visits that they prove."""
    lives = [_Life("")]
    for fact in _steps(ordered, found):
        if lives[-1].over and _reopens(fact):
            lives.append(_Life(lives[-1].series))
        _STEPS[fact.kind](lives[-1], fact)
    return Conversation(tuple(reply for life in lives for reply in life.booked()), lives[-1].open)


def posts(reply: Reply) -> list[tuple[str, int]]:
    """The fields that a reply adds to a tally: count, ms, and the histogram (except for ANY)."""
    count, waited, histogram = _FIELDS[reply.kind]
    found = [(count, 1), (waited, reply.wait_ms)]
    return [*found, (fields.bucket(histogram, reply.wait_ms), 1)] if histogram else found


_FIELDS = {
    ReplyKind.FIRST: (fields.FIRST, fields.FIRST_WAIT, fields.FIRST_WAITS),
    ReplyKind.NEXT: (fields.REPLIES, fields.REPLY_WAIT, fields.REPLY_WAITS),
    ReplyKind.ANY: (fields.ANY_REPLIES, fields.ANY_WAIT, ""),
}


def _steps(ordered: list[Fact], found: Iterable[Visit]) -> list[Fact]:
    """The relevant facts in order; entries and ends of visits are taken from the visits as read.

    A contact that leaves one queue and enters another at one instant was held throughout.
    """
    places = {fact.uid: place for place, fact in enumerate(ordered)}
    relevant = (fact for fact in ordered if fact.kind in _FRAME or _ends(fact))
    steps = [(fact.at_ms, places[fact.uid], 0, fact) for fact in relevant]
    held = [(visit, places[visit.entry.uid]) for visit in found if visit.entry is not None]
    entered: dict[int, int] = {}
    for visit, place in held:
        at_ms = visit.queued_ms
        entered[at_ms] = max(place, entered.get(at_ms, 0))
        entry = Fact(at_ms, _VISIT_QUEUED, "", visit.number, visit.queue, visit.channel)
        steps.append((at_ms, place, 1, entry))
    for visit, _ in held:
        over = _over(visit, places)
        if over is not None:
            at_ms, place = max(visit.queued_ms, over[0]), over[1]
            kind = _LEG_ENDED if visit.exit_kind == _VISIT_ANSWERED else visit.exit_kind
            place = max(place, entered.get(at_ms, 0))
            steps.append((at_ms, place, 2, Fact(at_ms, kind, "", visit.number)))
    return [step for *_, step in sorted(steps)]


def _ends(fact: Fact) -> bool:
    """Whether the contact continues in another contact from here."""
    return fact.kind == _CONTACT_LINKED and fact.relation == "merged"


def _over(visit: Visit, places: dict[str, int]) -> tuple[int, int] | None:
    """When the last agent let go of a visit, and the place of that fact; None while somebody holds it."""
    if visit.exit_kind != _VISIT_ANSWERED:
        return None if visit.over is None or visit.exit_kind < 0 else (visit.exit_ms, places[visit.over.uid])
    ends = [(leg.over_ms, leg.began, leg.over) for leg in visit.legs()]
    found = [
        (over_ms, max(places[began.uid], places[over.uid]))
        for over_ms, began, over in ends
        if began is not None and over is not None
    ]
    return (max(ms for ms, _ in found), max(place for _, place in found)) if len(found) == len(ends) else None


def _reopens(fact: Fact) -> bool:
    wrote = fact.kind == _MESSAGE_SENT and fact.by == "customer"
    return wrote or fact.kind in {_CONTACT_STARTED, _VISIT_QUEUED}


class _Life:
    """A contact from its start or a reopening. `held` has the visits that people answer for."""

    def __init__(self, series: str) -> None:
        self.series = self.otherwise = series
        self.replies: list[Reply] = []
        self.held: set[int] = set()
        self.first_ms = self.next_ms = self.any_ms = _NEVER
        self.over = self.outbound = self.by_bot = self.asked = self.answered = False

    def booked(self) -> list[Reply]:
        """The replies that have a series."""
        found = (reply if reply.series else reply._replace(series=self.otherwise) for reply in self.replies)
        return [reply for reply in found if reply.series]

    @property
    def open(self) -> Unanswered | None:
        if self.over or self.next_ms == _NEVER or not self.series:
            return None
        return Unanswered(self.next_ms, self.series, first=not self.answered)

    def stop(self, fact: Fact, kind: ReplyKind, since_ms: int) -> None:
        """Stop a clock that runs since `since_ms`; a clock that does not run makes no reply."""
        if since_ms != _NEVER:
            self.replies.append(Reply(fact.at_ms, self.series, kind, fact.at_ms - since_ms, fact.uid))


def _began(life: _Life, fact: Fact) -> None:
    if life.first_ms == _NEVER and not life.outbound:
        life.first_ms = fact.at_ms


def _entered(life: _Life, fact: Fact) -> None:
    life.series = contact_series(fact.queue, fact.channel)
    life.otherwise = life.otherwise or life.series
    life.held.add(fact.visit)
    _began(life, fact)
    if life.by_bot:
        life.by_bot, life.first_ms = False, fact.at_ms
        if life.asked and life.next_ms == _NEVER:
            life.next_ms = fact.at_ms


def _let_go(life: _Life, fact: Fact) -> None:
    if fact.visit in life.held:
        life.held.discard(fact.visit)
        life.over = life.over or (fact.kind == _VISIT_ABANDONED and not life.held)


def _ended(life: _Life, _: Fact) -> None:
    life.over = True


def _customer(life: _Life, fact: Fact) -> None:
    life.asked = True
    if life.first_ms == _NEVER:
        life.first_ms = fact.at_ms
    if life.next_ms == _NEVER:
        life.next_ms = fact.at_ms
    if life.any_ms == _NEVER:
        life.any_ms = fact.at_ms


def _agent(life: _Life, fact: Fact) -> None:
    if life.asked and not life.answered:
        life.stop(fact, ReplyKind.FIRST, life.first_ms)
        life.answered = True
    elif not life.answered:
        life.outbound, life.first_ms = True, _NEVER
    life.stop(fact, ReplyKind.NEXT, life.next_ms)
    life.stop(fact, ReplyKind.ANY, life.any_ms)
    life.next_ms = life.any_ms = _NEVER
    life.asked = life.by_bot = False


def _bot(life: _Life, fact: Fact) -> None:
    life.stop(fact, ReplyKind.ANY, life.any_ms)
    life.any_ms = _NEVER
    if not life.held:
        life.by_bot, life.next_ms = True, _NEVER


_WRITERS: dict[str, Callable[[_Life, Fact], None]] = {"customer": _customer, "agent": _agent, "bot": _bot}


def _wrote(life: _Life, fact: Fact) -> None:
    if fact.by in _WRITERS:
        _WRITERS[fact.by](life, fact)


_STEPS: dict[int, Callable[[_Life, Fact], None]] = {
    _CONTACT_STARTED: _began,
    _VISIT_QUEUED: _entered,
    _VISIT_ABANDONED: _let_go,
    int(Kind.VISIT_LEFT): _let_go,
    _LEG_ENDED: _let_go,
    _CONTACT_ENDED: _ended,
    _CONTACT_LINKED: _ended,
    _MESSAGE_SENT: _wrote,
}
