"""What single facts of a contact contribute, apart from its visits: offers, blocked demand, attempts to call.

An offer counts for the team it was made to. One during which the customer abandoned is told apart, for it
is nobody's miss (the field's "abandoned while ringing"). Where no offer is told of, none was answered.
"""

from collections.abc import Iterable

from stream.domain.contact import Visit
from stream.domain.fact import Fact, Kind
from stream.domain.moment import Moment, Tag
from stream.domain.series import agent_series, contact_series

_MADE, _DECLINED, _ANSWERED = int(Kind.OFFER_MADE), int(Kind.OFFER_DECLINED), int(Kind.VISIT_ANSWERED)
_ABANDONED, _LEFT, _BLOCKED = int(Kind.VISIT_ABANDONED), int(Kind.VISIT_LEFT), int(Kind.VISIT_BLOCKED)
_ATTEMPTED = int(Kind.CALLBACK_ATTEMPTED)
_OFFER = int(Tag.OFFER)
#: The kinds that this module reads, beside the visits.
ACTS = {_MADE, _DECLINED, _BLOCKED, _ATTEMPTED}


def acts(facts: Iterable[Fact], found: Iterable[Visit]) -> list[Moment]:
    """The moments of the single facts among `facts` of a contact whose visits are `found`."""
    result: list[Moment] = []
    ringing: Fact | None = None
    told = False
    current = ""
    for fact in sorted(facts):
        kind = fact[1]
        if kind in {_MADE, _DECLINED}:
            says = "made" if kind == _MADE else "declined"
            ringing = fact if kind == _MADE else None
            result.append(_act(fact, agent_series(fact.c), _OFFER, says))
            told = True
        elif kind in {_ANSWERED, _LEFT}:
            ringing = None
        elif kind == _ABANDONED and ringing is not None:
            result.append(_act(fact, agent_series(ringing.c), _OFFER, "abandoned"))
            ringing = None
        elif kind == _BLOCKED:
            result.append(_act(fact, contact_series(fact.a, fact.b), int(Tag.BLOCKED), fact.c))
        elif kind == Kind.VISIT_QUEUED:
            current = contact_series(fact.a, fact.b)
        elif kind == _ATTEMPTED and current:
            result.append(_act(fact, current, int(Tag.ATTEMPT), fact.b))
    if told:
        result += [_answered(visit) for visit in found if visit.exit_kind == _ANSWERED and visit.team]
    return result


def _act(fact: Fact, series: str, tag: int, says: str) -> Moment:
    return Moment(fact.at_ms, series, 0, tag, reason=f"{says}\t{fact.uid}")


def _answered(visit: Visit) -> Moment:
    return Moment(visit.exit_ms, agent_series(visit.team), visit.number, _OFFER, reason="answered\t")
