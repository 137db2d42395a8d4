"""The published schema of canonical events: CloudEvents 1.0 as pydantic types.

They are `TypedDict`s and not `BaseModel`s because validating a record to a plain dict costs about half
(ADR 0005); JSON Schema and AsyncAPI are generated from them all the same. Unknown fields are ignored.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from stream.domain.instant import RFC_3339

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
#: Identifiers appear in Redis keys, labels and logs: bounded, printable, no control characters.
Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
#: The same, for the three that every event has: their characters are checked together by the decoder.
Attribute = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    Field(json_schema_extra={"pattern": _PRINTABLE}),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
#: Only its length is checked here: the decoder reads it, and refuses what is no RFC 3339 time.
Time = Annotated[
    str,
    StringConstraints(max_length=40),
    Field(
        json_schema_extra={"format": "date-time", "pattern": RFC_3339},
        description="When it happened, RFC 3339 with a zone.",
    ),
]
Channel = Literal["voice", "chat", "email", "sms", "social", "callback", "task"]
LeftReason = Literal["overflow", "timeout", "transfer", "voicemail", "callback", "closed", "error"]
AgentState = Literal[
    "available", "ringing", "talking", "hold", "wrapup", "busy_other", "not_ready", "logged_out"
]
VisitNumber = Annotated[int, Field(ge=1, le=999)]


class Envelope(TypedDict):
    """CloudEvents attributes that every event carries."""

    specversion: Literal["1.0"]
    id: Attribute
    source: Attribute
    time: Time
    subject: Attribute


class ContactData(TypedDict):
    """Nothing is required: a contact is known by what happens to it."""

    channel: NotRequired[Channel]


class QueuedData(TypedDict):
    """A visit begins: the contact enters `queue`; `visit` numbers the visits of one contact from 1."""

    queue: Name
    channel: NotRequired[Channel]
    priority: NotRequired[Annotated[int, Field(ge=0, le=1000)]]
    visit: NotRequired[VisitNumber]


class VisitData(TypedDict):
    """What ends a visit or belongs to it; without `visit`, the latest visit that had begun by then."""

    visit: NotRequired[VisitNumber]
    agent: NotRequired[Id]


class LeftData(TypedDict):
    """The contact left the queue neither answered nor abandoned."""

    reason: LeftReason
    visit: NotRequired[VisitNumber]


class OfferData(TypedDict):
    """One attempt to reach one agent."""

    agent: Id
    reason: NotRequired[Name]
    visit: NotRequired[VisitNumber]


class AgentStateData(TypedDict):
    """The state an agent is in from this instant on, and whom the agent serves."""

    state: AgentState
    reason: NotRequired[Name]
    team: NotRequired[Name]
    queues: NotRequired[Annotated[list[Name], Field(max_length=64)]]
    capacity: NotRequired[Annotated[int, Field(ge=0, le=100)]]


class HeartbeatData(TypedDict):
    """The source is alive although nothing happens."""

    team: NotRequired[Name]


class ContactEvent(Envelope):
    """A contact's life as a whole."""

    type: Literal["contact.started", "contact.ended"]
    data: NotRequired[ContactData]


class VisitQueued(Envelope):
    """The contact entered a queue: offered."""

    type: Literal["visit.queued"]
    data: QueuedData


class VisitEvent(Envelope):
    """A visit's end, or a step of the leg that followed it."""

    type: Literal[
        "visit.answered", "visit.abandoned", "leg.held", "leg.resumed", "leg.ended", "leg.wrapped_up"
    ]
    data: NotRequired[VisitData]


class VisitLeft(Envelope):
    """The contact left the queue neither answered nor abandoned."""

    type: Literal["visit.left"]
    data: LeftData


class OfferEvent(Envelope):
    """An agent was rung, or declined."""

    type: Literal["offer.made", "offer.declined"]
    data: OfferData


class AgentStateEvent(Envelope):
    """An agent's state changed."""

    type: Literal["agent.state"]
    data: AgentStateData


class AgentHeartbeat(Envelope):
    """A sign of life of an agent's desktop, or of a whole source."""

    type: Literal["agent.heartbeat"]
    data: NotRequired[HeartbeatData]


CanonicalEvent = Annotated[
    ContactEvent | VisitQueued | VisitEvent | VisitLeft | OfferEvent | AgentStateEvent | AgentHeartbeat,
    Field(discriminator="type"),
]

#: Validates one record's bytes; raises `pydantic.ValidationError`.
CANONICAL: TypeAdapter[CanonicalEvent] = TypeAdapter(CanonicalEvent)

#: Which topic carries which types; tickets and feedback have theirs reserved.
TOPIC_TYPES: dict[str, tuple[type, ...]] = {
    "pantau.contacts": (ContactEvent, VisitQueued, VisitEvent, VisitLeft, OfferEvent),
    "pantau.agents": (AgentStateEvent, AgentHeartbeat),
}
