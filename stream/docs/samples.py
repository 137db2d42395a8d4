"""One event of each type: what it says, and how it looks."""

from typing import Any, NamedTuple

from stream.domain.fact import Event, Fact, Kind
from stream.domain.instant import instant_ms

_START_MS = instant_ms("2026-11-21T09:00:00.000Z")
_CONTACT, _AGENT = "contact-4711", "agent-07"


class Sample(NamedTuple):
    """An event, and what its type says in a sentence."""

    says: str
    event: Event


def _sample(says: str, after_s: float, kind: Kind, **more: Any) -> Sample:
    subject = _AGENT if kind >= Kind.AGENT_STATE else _CONTACT
    fact = Fact(_START_MS + round(after_s * 1000), kind, f"/example/telephony\t{subject}-{int(kind)}")
    return Sample(says, Event(subject, fact._replace(**more)))


SAMPLES: tuple[Sample, ...] = (
    _sample("A customer made contact.", 0, Kind.CONTACT_STARTED, b="voice"),
    _sample(
        "The contact entered a queue: offered.", 9.5, Kind.VISIT_QUEUED, number=1, a="billing", b="voice"
    ),
    _sample("An agent did not take the offer.", 14, Kind.OFFER_DECLINED, a="agent-03", b="no_answer"),
    _sample("An agent was offered the contact.", 15, Kind.OFFER_MADE, a=_AGENT),
    _sample("An agent answered: the wait ends here.", 18.25, Kind.VISIT_ANSWERED, number=1, a=_AGENT),
    _sample("The agent put the contact on hold.", 60, Kind.LEG_HELD, a=_AGENT),
    _sample("The agent took the contact off hold.", 75, Kind.LEG_RESUMED, a=_AGENT),
    _sample("The conversation ended; after-contact work begins.", 200, Kind.LEG_ENDED, a=_AGENT),
    _sample("After-contact work ended: handled.", 230, Kind.LEG_WRAPPED_UP, a=_AGENT),
    _sample("The contact is over, whatever else is known of it.", 200, Kind.CONTACT_ENDED),
    _sample("The customer left the queue unanswered.", 41, Kind.VISIT_ABANDONED),
    _sample("The contact left the queue neither answered nor abandoned.", 120, Kind.VISIT_LEFT, a="overflow"),
    _sample(
        "An agent is in this state from now on, and serves these queues.",
        18.25,
        Kind.AGENT_STATE,
        number=1,
        a="talking",
        b="invoices",
        c="\tbilling\torders",
    ),
    _sample("The source is alive although nothing happens.", 30, Kind.AGENT_HEARTBEAT),
)
