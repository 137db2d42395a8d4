"""One event of each type: what it says, and how it looks."""

import json
from typing import Any, NamedTuple

from stream.adapters.heartbeat import heartbeat_record
from stream.domain.instant import instant_ms, instant_text

_START_MS = instant_ms("2026-11-21T09:00:00.000Z")
_CONTACT, _AGENT = "contact-4711", "agent-07"
_CUSTOMER = "k1:8f14e45fceea167a5a36dedd4bea2543"
_SERVES = {"team": "invoices", "queues": ["billing", "orders"]}


class Sample(NamedTuple):
    """What a type says in a sentence, and an event of it."""

    says: str
    document: dict[str, Any]

    @property
    def type(self) -> str:
        """The event's type."""
        return str(self.document["type"])


def _sample(says: str, after_s: float, type_: str, **data: Any) -> Sample:
    subject = _AGENT if type_.startswith(("agent.", "schedule.")) else _CONTACT
    return Sample(
        says,
        {
            "specversion": "1.0",
            "id": f"{subject}-{type_}",
            "source": "/example/telephony",
            "type": type_,
            "time": _time(after_s),
            "subject": subject,
            "data": data,
        },
    )


def _time(after_s: float) -> str:
    return instant_text(_START_MS + round(after_s * 1000))


SAMPLES: tuple[Sample, ...] = (
    _sample("A customer made contact.", 0, "contact.started", channel="voice", customer=_CUSTOMER),
    _sample(
        "The contact entered a queue: offered.",
        9.5,
        "visit.queued",
        queue="billing",
        channel="voice",
        visit=1,
    ),
    _sample("A queue that was full or closed turned the contact away.", 8, "visit.blocked", queue="vip"),
    _sample("An agent did not take the offer.", 14, "offer.declined", agent="agent-03", reason="no_answer"),
    _sample("An agent was offered the contact.", 15, "offer.made", agent=_AGENT, team="invoices"),
    _sample(
        "An agent answered: the wait ends here.",
        18.25,
        "visit.answered",
        agent=_AGENT,
        team="invoices",
        visit=1,
    ),
    _sample("Somebody wrote, for the other side to read.", 20, "message.sent", by="customer"),
    _sample("The agent put the contact on hold.", 60, "leg.held", agent=_AGENT),
    _sample("The agent took the contact off hold.", 75, "leg.resumed", agent=_AGENT),
    _sample(
        "The conversation ended, maybe by a transfer; after-contact work begins.",
        200,
        "leg.ended",
        agent=_AGENT,
    ),
    _sample("After-contact work ended: handled.", 230, "leg.wrapped_up", agent=_AGENT),
    _sample("The contact is over, whatever else is known of it.", 200, "contact.ended"),
    _sample("The customer left the queue unanswered.", 41, "visit.abandoned"),
    _sample(
        "The contact left the queue neither answered nor abandoned.", 120, "visit.left", reason="overflow"
    ),
    _sample("The customer of a callback was rung.", 3600, "callback.attempted", result="no_answer"),
    _sample(
        "Another contact is about the same matter: here the call to a second agent.",
        90,
        "contact.linked",
        to="contact-4712",
        relation="consult",
    ),
    _sample(
        "What a source holds of a contact now: heals what was lost.",
        300,
        "contact.snapshot",
        state="talking",
        visit=1,
        since=_time(18.25),
        agent=_AGENT,
    ),
    _sample(
        "An agent is in this state from now on, and serves these queues.",
        18.25,
        "agent.state",
        state="talking",
        capacity={"voice": 1, "chat": 3},
        **_SERVES,
    ),
    _sample(
        "What a source holds of an agent now: heals what was lost.",
        300,
        "agent.snapshot",
        state="wrapup",
        since=_time(200),
        **_SERVES,
    ),
    _sample("The source is alive although nothing happens.", 30, "agent.heartbeat"),
    _sample(
        "What is planned for an agent: replaces what was published before for this stretch.",
        -3600,
        "schedule.published",
        **{"from": _time(0), "to": _time(28_800)},
        shifts=[
            {"from": _time(0), "to": _time(14_400), "activity": "productive"},
            {"from": _time(14_400), "to": _time(16_200), "activity": "not_productive"},
            {"from": _time(16_200), "to": _time(28_800), "activity": "productive"},
        ],
    ),
    _sample(
        "An earlier event of the same source was wrong; this is what it should have said.",
        600,
        "event.corrected",
        id=f"{_CONTACT}-visit.left",
        type="visit.left",
        time=_time(119),
        data={"reason": "voicemail"},
    ),
    _sample(
        "An earlier event of the same source never happened.",
        600,
        "event.retracted",
        id=f"{_CONTACT}-visit.abandoned",
        type="visit.abandoned",
    ),
    Sample(
        "The path is alive: put into the partition that its subject names, whatever its key says.",
        json.loads(heartbeat_record("/pantau/heartbeat", "pantau.contacts:0", _START_MS)),
    ),
)
