"""What single facts of a contact contribute, apart from its visits: offers, blocked demand, attempts to call.

An offer counts for the team it was made to. One during which the customer abandoned is told apart, for it
is nobody's miss (the field's "abandoned while ringing"). Where no offer is told of, none was answered.
"""

from collections.abc import Iterable
from typing import Any

from stream.domain.contact import Visit
from stream.domain.fact import Fact, Kind
from stream.domain.moment import Moment, Tag
from stream.domain.series import PERSON, agent_series, contact_series

_MADE, _DECLINED, _ANSWERED = int(Kind.OFFER_MADE), int(Kind.OFFER_DECLINED), int(Kind.VISIT_ANSWERED)
_ABANDONED, _LEFT, _BLOCKED = int(Kind.VISIT_ABANDONED), int(Kind.VISIT_LEFT), int(Kind.VISIT_BLOCKED)
_QUEUED, _ATTEMPTED = int(Kind.VISIT_QUEUED), int(Kind.CALLBACK_ATTEMPTED)
_OFFER = int(Tag.OFFER)
_tuple: Any = tuple.__new__  # named tuples are made for every offer; this makes them in half the time
#: The kinds that this module reads, beside the visits.
ACTS = {_MADE, _DECLINED, _BLOCKED, _ATTEMPTED}


def acts(facts: Iterable[Fact], found: Iterable[Visit]) -> list[Moment]:
    """The moments of single facts of a contact; `facts` in their order, `found` the visits they prove."""
    result: list[Moment] = []
    ringing: Fact | None = None
    told = False
    current = ""
    for fact in facts:
        kind = fact[1]
        if kind == _MADE:
            ringing, told = fact, True
            result.append(_act(fact, agent_series(fact[6]), _OFFER, "made"))
        elif kind == _DECLINED:
            ringing, told = None, True
            result.append(_act(fact, agent_series(fact[6]), _OFFER, "declined"))
        elif kind in {_ANSWERED, _LEFT}:
            ringing = None
        elif kind == _ABANDONED and ringing is not None:
            result.append(_act(fact, agent_series(ringing.c), _OFFER, "abandoned"))
            ringing = None
        elif kind == _BLOCKED:
            result.append(_act(fact, contact_series(fact.a, fact.b), int(Tag.BLOCKED), fact.c))
        elif kind == _QUEUED:
            current = contact_series(fact.a, fact.b)
        elif kind == _ATTEMPTED and current:
            result.append(_act(fact, current, int(Tag.ATTEMPT), fact.b))
    if told:
        result += [_answered(visit) for visit in found if visit.exit_kind == _ANSWERED and visit.team]
    return result


def of_persons(facts: Iterable[Fact], found: Iterable[Visit], told: Iterable[Moment]) -> list[Moment]:
    """What `told` of a contact says of single agents: offers and handled legs, on series of their own."""
    by_uid = {fact.uid: fact.a for fact in facts if fact.kind in {_MADE, _DECLINED}}
    agents = {visit.number: visit.agent for visit in found}
    result, rung = [], ""
    for moment in told:
        agent = ""
        if moment.tag == Tag.HANDLED:
            agent = agents.get(moment.number, "")
        elif moment.tag == _OFFER:
            says, _, uid = moment.reason.partition("\t")
            rung = by_uid.get(uid, rung)
            agent = agents.get(moment.number, "") if says == "answered" else rung
        if agent:
            result.append(moment._replace(series=f"{PERSON}{agent}"))
    return result


def _act(fact: Fact, series: str, tag: int, says: str) -> Moment:
    made: Moment = _tuple(Moment, (fact[0], series, 0, tag, 0, 0, 0, f"{says}\t{fact[2]}"))
    return made


def _answered(visit: Visit) -> Moment:
    return Moment(visit.connected_ms, agent_series(visit.team), visit.number, _OFFER, reason="answered\t")
