"""Contributions of single facts: offers, blocked demand and attempts to call back.

An offer counts for the team it was made to. Several agents may ring at once, and each offer ends by itself.
An offer during which the customer abandoned, or that another agent took first, counts apart because it is
nobody's miss. A source that sends no offers has no answered offers.
"""

from collections.abc import Iterable
from typing import Any

from stream.domain.contact.contribution import Contribution, Tag
from stream.domain.contact.visit import Visit
from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.series import PERSON, agent_series, contact_series

_MADE, _DECLINED, _ANSWERED = int(Kind.OFFER_MADE), int(Kind.OFFER_DECLINED), int(Kind.VISIT_ANSWERED)
_ABANDONED, _LEFT, _BLOCKED = int(Kind.VISIT_ABANDONED), int(Kind.VISIT_LEFT), int(Kind.VISIT_BLOCKED)
_QUEUED, _ATTEMPTED, _ENDED = int(Kind.VISIT_QUEUED), int(Kind.CALLBACK_ATTEMPTED), int(Kind.CONTACT_ENDED)
_OFFER = int(Tag.OFFER)
_tuple: Any = tuple.__new__  # makes named tuples in half the time; every offer makes some
#: The kinds that this module reads, besides visits.
OFFERS_AND_ATTEMPTS = {_MADE, _DECLINED, _BLOCKED, _ATTEMPTED}
_OFFERS = {_MADE, _DECLINED, _ANSWERED, _ABANDONED, _LEFT, _ENDED}


def offers_and_attempts(ordered: Iterable[Fact], found: Iterable[Visit]) -> list[Contribution]:
    """The contributions of single facts; `ordered` comes from `order.in_order`, `found` are the visits."""
    offers = _Offers()
    result = offers.result
    current = ""
    for fact in ordered:
        kind = fact.kind
        if kind in _OFFERS:
            offers.take(fact)
        elif kind == _BLOCKED:
            result.append(_act(fact, contact_series(fact.queue, fact.channel), int(Tag.BLOCKED), fact.reason))
        elif kind == _QUEUED:
            current = contact_series(fact.queue, fact.channel)
        elif kind == _ATTEMPTED and current:
            result.append(_act(fact, current, int(Tag.ATTEMPT), fact.result))
    if offers.any:
        result += [_answered(visit) for visit in found if visit.exit_kind == _ANSWERED and visit.team]
    return result


class _Offers:
    """The offers of a contact: those that ring, and those that stopped without the agent's doing."""

    def __init__(self) -> None:
        self.result: list[Contribution] = []
        self.any = False
        self._rings: dict[str, Fact] = {}
        self._stopped: set[str] = set()

    def take(self, fact: Fact) -> None:
        """Follow a fact that starts or ends offers."""
        if fact.kind == _MADE:
            self.any = True
            self._rings[fact.agent] = fact
            self._stopped.discard(fact.agent)
            self.result.append(_act(fact, agent_series(fact.team), _OFFER, "made"))
        elif fact.kind == _DECLINED:
            self.any = True
            self._rings.pop(fact.agent, None)
            if fact.agent not in self._stopped:  # otherwise the offer ended before, as abandoned or lost
                self.result.append(_act(fact, agent_series(fact.team), _OFFER, "declined"))
        else:
            self._stop(fact)

    def _stop(self, fact: Fact) -> None:
        """End all offers that ring."""
        says = {_ANSWERED: "lost", _LEFT: ""}.get(fact.kind, "abandoned")
        for agent, offer in self._rings.items():
            if says and not (says == "lost" and fact.agent in {"", agent}):
                self.result.append(_act(offer, agent_series(offer.team), _OFFER, says, at_ms=fact.at_ms))
                self._stopped.add(agent)
        self._rings.clear()


def of_persons(
    facts: Iterable[Fact], found: Iterable[Visit], contributed: Iterable[Contribution]
) -> list[Contribution]:
    """Repeat the offers and handled legs in `contributed` on the series of single agents."""
    by_uid = {fact.uid: fact.agent for fact in facts if fact.kind in {_MADE, _DECLINED}}
    agents = {visit.number: visit.agent for visit in found}
    result = []
    for contribution in contributed:
        agent = ""
        if contribution.tag == Tag.HANDLED:
            agent = contribution.reason
        elif contribution.tag == _OFFER:
            by_visit = contribution.reason == "answered"
            agent = agents.get(contribution.number, "") if by_visit else by_uid.get(contribution.uid, "")
        if agent:
            result.append(contribution._replace(series=f"{PERSON}{agent}"))
    return result


def _act(fact: Fact, series: str, tag: int, says: str, at_ms: int = -1) -> Contribution:
    """What a fact contributes, when it happened unless `at_ms` says otherwise."""
    booked_ms = fact.at_ms if at_ms < 0 else at_ms
    made: Contribution = _tuple(Contribution, (booked_ms, series, 0, tag, 0, 0, 0, says, fact.uid))
    return made


def _answered(visit: Visit) -> Contribution:
    return Contribution(visit.connected_ms, agent_series(visit.team), visit.number, _OFFER, reason="answered")
