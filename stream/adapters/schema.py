"""The published schema of canonical events: CloudEvents 1.0 as pydantic types.

They are `TypedDict`s and not `BaseModel`s because validating a record to a plain dict costs about half
(ADR 0005); JSON Schema and AsyncAPI are generated from them all the same. Unknown fields are ignored.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, NotRequired, get_args, get_type_hints

from pydantic import Field, StringConstraints, TypeAdapter
from typing_extensions import TypedDict, is_typeddict

from stream.adapters.fields import (
    AgentState,
    AttemptResult,
    BlockedReason,
    Capacity,
    Customer,
    Id,
    LeftReason,
    Name,
    Relation,
    Sequence,
    Time,
    VisitNumber,
)
from stream.domain.definition import Channel
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entity
from stream.domain.kinds import SNAPSHOTS, Kind


class Envelope(TypedDict):
    """CloudEvents attributes that every event carries."""

    specversion: Literal["1.0"]
    id: Id
    source: Id
    time: Time
    subject: Id
    sequence: NotRequired[Sequence]


class ContactData(TypedDict):
    """Nothing is required: a contact is known by what happens to it."""

    channel: NotRequired[Channel]


class StartedData(ContactData):
    """A contact that begins may say with whom."""

    customer: NotRequired[Customer]


class QueuedData(TypedDict):
    """A visit begins: the contact enters `queue`; `visit` numbers the visits of one contact from 1."""

    queue: Name
    channel: NotRequired[Channel]
    priority: NotRequired[Annotated[int, Field(ge=0, le=1000)]]
    visit: NotRequired[VisitNumber]
    due: NotRequired[Annotated[Time, Field(description="Of a callback: it waits from then on, not before.")]]


class VisitData(TypedDict):
    """What ends a visit or belongs to it; without `visit`, the latest visit that had begun by then."""

    visit: NotRequired[VisitNumber]
    agent: NotRequired[Id]
    team: NotRequired[Name]


class AnsweredData(VisitData):
    """Customer and agent were connected; the agent may have accepted before."""

    accepted: NotRequired[
        Annotated[Time, Field(description="When the agent accepted: not after `time`. By default no matter.")]
    ]


class LegEndedData(VisitData):
    """The agent's talk ended; `transfer` if the contact was passed on, and whether it was announced."""

    transfer: NotRequired[Literal["blind", "warm"]]


class BlockedData(TypedDict):
    """The contact was not let into `queue`."""

    queue: Name
    channel: NotRequired[Channel]
    reason: NotRequired[BlockedReason]


class MessageData(TypedDict):
    """One message that the other side can read; notes among agents are none."""

    by: Literal["customer", "agent", "bot"]
    agent: NotRequired[Id]
    visit: NotRequired[VisitNumber]


class AttemptData(TypedDict):
    """One attempt to reach the customer of a callback."""

    result: AttemptResult
    agent: NotRequired[Id]
    visit: NotRequired[VisitNumber]


class LinkedData(TypedDict):
    """The contact `to` is the same matter: consulted, called back, transferred to, or merged into."""

    to: Annotated[Id, Field(description="The other contact.")]
    relation: Relation
    asked: NotRequired[Annotated[Time, Field(description="Of a callback: the queue entry that led to it.")]]


class WaitingData(TypedDict):
    """What a source knows of a contact that waits."""

    state: Literal["waiting"]
    queue: Name
    channel: NotRequired[Channel]
    visit: VisitNumber
    since: Time


class TalkingData(TypedDict):
    """What a source knows of a contact that was answered."""

    state: Literal["talking"]
    visit: VisitNumber
    since: Time
    agent: NotRequired[Id]
    team: NotRequired[Name]


class OverData(TypedDict):
    """The source knows the contact as over."""

    state: Literal["ended"]


class CorrectedData(TypedDict):
    """What the event `id` of the same source and subject should have said: its type, time and data anew."""

    id: Id
    type: Annotated[str, StringConstraints(max_length=64)]
    time: Time
    sequence: NotRequired[Sequence]
    data: NotRequired[dict[str, Any]]


class RetractedData(TypedDict):
    """The event `id` of the same source and subject never happened; `type` is what it claimed to be."""

    id: Id
    type: Annotated[str, StringConstraints(max_length=64)]


class LeftData(TypedDict):
    """The contact left the queue neither answered nor abandoned."""

    reason: LeftReason
    visit: NotRequired[VisitNumber]


class OfferData(TypedDict):
    """One attempt to reach one agent."""

    agent: Id
    reason: NotRequired[Name]
    team: NotRequired[Name]
    visit: NotRequired[VisitNumber]


class AgentStateData(TypedDict):
    """The state an agent is in from this instant on, and whom the agent serves."""

    state: AgentState
    reason: NotRequired[Name]
    team: NotRequired[Name]
    queues: NotRequired[Annotated[list[Name], Field(max_length=64)]]
    capacity: NotRequired[Capacity]


class AgentSnapshotData(AgentStateData):
    """The state an agent is in, and since when."""

    since: Time


class HeartbeatData(TypedDict):
    """The source is alive although nothing happens."""

    team: NotRequired[Name]


#: `from` is a keyword, which a class cannot have as a name.
Shift = TypedDict(
    "Shift",
    {"from": Time, "to": Time, "activity": Literal["productive", "not_productive"]},
)
Shift.__doc__ = "What the agent shall do from one instant to another; `to` comes after `from`."
ScheduleData = TypedDict(
    "ScheduleData",
    {
        "from": Time,
        "to": Time,
        "shifts": Annotated[list[Shift], Field(max_length=64)],
        "team": NotRequired[Name],
    },
)
ScheduleData.__doc__ = """All that is planned for an agent from one instant to another: these shifts.

It replaces what was published before for that stretch. Without `team`, time counts for that of the agent.
"""


class ContactStarted(Envelope):
    """A customer made contact."""

    type: Literal["contact.started"]
    data: NotRequired[StartedData]


class ContactEnded(Envelope):
    """The contact is over."""

    type: Literal["contact.ended"]
    data: NotRequired[ContactData]


class VisitQueued(Envelope):
    """The contact entered a queue: offered."""

    type: Literal["visit.queued"]
    data: QueuedData


class VisitAnswered(Envelope):
    """Customer and agent were connected."""

    type: Literal["visit.answered"]
    data: NotRequired[AnsweredData]


class VisitEvent(Envelope):
    """A visit's end, or a step of the leg that followed it."""

    type: Literal["visit.abandoned", "leg.held", "leg.resumed", "leg.wrapped_up"]
    data: NotRequired[VisitData]


class LegEnded(Envelope):
    """The talk of a leg ended; wrapping up may follow."""

    type: Literal["leg.ended"]
    data: NotRequired[LegEndedData]


class VisitLeft(Envelope):
    """The contact left the queue neither answered nor abandoned."""

    type: Literal["visit.left"]
    data: LeftData


class VisitBlocked(Envelope):
    """A queue that was full or closed turned the contact away: demand that was never offered."""

    type: Literal["visit.blocked"]
    data: BlockedData


class OfferEvent(Envelope):
    """An agent was rung, or declined."""

    type: Literal["offer.made", "offer.declined"]
    data: OfferData


class MessageSent(Envelope):
    """The customer, an agent or a bot wrote."""

    type: Literal["message.sent"]
    data: MessageData


class CallbackAttempted(Envelope):
    """The customer of a callback was rung."""

    type: Literal["callback.attempted"]
    data: AttemptData


class ContactLinked(Envelope):
    """Another contact is about the same matter."""

    type: Literal["contact.linked"]
    data: LinkedData


class ContactSnapshot(Envelope):
    """What a source holds of a contact now: heals what was lost on the way."""

    type: Literal["contact.snapshot"]
    data: Annotated[WaitingData | TalkingData | OverData, Field(discriminator="state")]


class AgentStateEvent(Envelope):
    """An agent's state changed."""

    type: Literal["agent.state"]
    data: AgentStateData


class AgentHeartbeat(Envelope):
    """A sign of life of an agent's desktop, or of a whole source."""

    type: Literal["agent.heartbeat"]
    data: NotRequired[HeartbeatData]


class AgentSnapshot(Envelope):
    """What a source holds of an agent now: heals what was lost on the way."""

    type: Literal["agent.snapshot"]
    data: AgentSnapshotData


class SchedulePublished(Envelope):
    """A new version of an agent's schedule."""

    type: Literal["schedule.published"]
    data: ScheduleData


class Heartbeat(Envelope):
    """The path is alive: its subject names the partition it was put into, and it says nothing else."""

    type: Literal["pantau.heartbeat"]


class EventCorrected(Envelope):
    """An earlier event was wrong; of several corrections the latest counts."""

    type: Literal["event.corrected"]
    data: CorrectedData


class EventRetracted(Envelope):
    """An earlier event was wrong altogether."""

    type: Literal["event.retracted"]
    data: RetractedData


def _types(of: type) -> tuple[str, ...]:
    return get_args(get_type_hints(of)["type"])


#: All of the above, in the order in which they are published.
EVENTS = tuple(
    of for of in globals().values() if is_typeddict(of) and of.__required_keys__ >= {"specversion", "type"}
)
_any_of_them: Any = Annotated[reduce(or_, EVENTS), Field(discriminator="type")]
#: Validates what a record says; raises `pydantic.ValidationError`.
CANONICAL: TypeAdapter[dict[str, Any]] = TypeAdapter(_any_of_them)


def _is_of(of: type, entity: Entity) -> bool:
    """Whether these are events of contacts, or of agents: some are of both."""
    about = {kind.entity for kind in Kind if kind.type in _types(of)}
    about |= {whose for type_, whose in SNAPSHOTS.items() if type_ in _types(of)}
    return entity.name in about or not about


#: Which topic carries which types; tickets and feedback have theirs reserved.
TOPIC_TYPES: dict[str, tuple[type, ...]] = {
    entity.topic: tuple(of for of in EVENTS if _is_of(of, entity)) for entity in ENTITIES
}


def types_of(topic: str) -> dict[str, type]:
    """The event types that a topic carries, each with what describes it."""
    return {name: of for of in TOPIC_TYPES[topic] for name in _types(of)}
