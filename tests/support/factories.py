"""Facts, events and checkpoints as tests write them: times are seconds after ten on a Saturday morning."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from stream.adapters.canonical import encode
from stream.adapters.heartbeat import heartbeat_record
from stream.domain.fact import Event, Fact, fact_text
from stream.domain.fold import Changes
from stream.domain.kinds import Kind
from stream.store.checkpoint import Checkpoint
from stream.store.partition import Partition
from stream.worker.record import Batch

#: 2026-11-21T10:00:00Z
T0 = 1_795_255_200_000
CONTACTS = Partition("pantau.contacts", 0)
AGENTS = Partition("pantau.agents", 0)


class Record(NamedTuple):
    """A record as the Kafka client gives it."""

    offset: int
    timestamp: int | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    key: bytes | None = None


def ms(seconds: float) -> int:
    """The instant `seconds` after `T0`."""
    return T0 + round(seconds * 1000)


def fact(kind: Kind, at: float, *, visit: int = 0, text: Sequence[str] = (), uid: str = "") -> Fact:
    """A fact whose identity follows from its content, unless `uid` gives one; `text` is a, b, c."""
    a, b, c = [*text, "", "", ""][:3]
    identity = uid or f"{kind.name}-{ms(at)}-{visit}-{a}-{b}-{c}".replace("\t", "/")
    return Fact(ms(at), int(kind), f"/test\t{identity}", visit, a, b, c)


def queued(
    at: float, queue: str = "billing", channel: str = "voice", *, visit: int = 0, uid: str = ""
) -> Fact:
    return fact(Kind.VISIT_QUEUED, at, visit=visit, text=(queue, channel), uid=uid)


def callback(at: float, due: float, queue: str = "billing", *, visit: int = 0) -> Fact:
    """The queue entry of a callback that is due at `due`."""
    return fact(Kind.VISIT_QUEUED, at, visit=visit, text=(queue, "callback", str(ms(due))))


def answered(  # noqa: PLR0913 - all that an answer can say
    at: float,
    agent: str = "",
    *,
    visit: int = 0,
    uid: str = "",
    team: str = "",
    accepted: float | None = None,
) -> Fact:
    """An agent and a customer are connected; the agent `accepted` before."""
    since = "" if accepted is None else str(ms(accepted))
    return fact(Kind.VISIT_ANSWERED, at, visit=visit, text=(agent, since, team), uid=uid)


def abandoned(at: float, *, visit: int = 0, uid: str = "") -> Fact:
    return fact(Kind.VISIT_ABANDONED, at, visit=visit, uid=uid)


def left(at: float, reason: str = "overflow", *, visit: int = 0, uid: str = "") -> Fact:
    return fact(Kind.VISIT_LEFT, at, visit=visit, text=(reason,), uid=uid)


def held(at: float, *, visit: int = 0) -> Fact:
    return fact(Kind.LEG_HELD, at, visit=visit)


def resumed(at: float, *, visit: int = 0) -> Fact:
    return fact(Kind.LEG_RESUMED, at, visit=visit)


def ended(at: float, *, visit: int = 0, transfer: str = "") -> Fact:
    return fact(Kind.LEG_ENDED, at, visit=visit, text=("", transfer))


def wrapped_up(at: float, *, visit: int = 0) -> Fact:
    return fact(Kind.LEG_WRAPPED_UP, at, visit=visit)


def contact_started(at: float) -> Fact:
    return fact(Kind.CONTACT_STARTED, at)


def contact_ended(at: float) -> Fact:
    return fact(Kind.CONTACT_ENDED, at)


def offered(at: float, agent: str = "agent-1", team: str = "", *, visit: int = 0) -> Fact:
    """An agent's telephone rings."""
    return fact(Kind.OFFER_MADE, at, visit=visit, text=(agent, "", team))


def declined(at: float, agent: str = "agent-1", team: str = "", *, reason: str = "no_answer") -> Fact:
    return fact(Kind.OFFER_DECLINED, at, text=(agent, reason, team))


def blocked(at: float, reason: str = "full", queue: str = "billing", channel: str = "voice") -> Fact:
    """A contact is turned away at the door of a queue."""
    return fact(Kind.VISIT_BLOCKED, at, text=(queue, channel, reason))


def attempted(at: float, result: str = "no_answer") -> Fact:
    """The customer of a callback is rung."""
    return fact(Kind.CALLBACK_ATTEMPTED, at, text=("agent-1", result))


def corrected(at: float, wrong: Fact, right: Fact) -> Fact:
    """What `wrong` said is said anew, under its identity, by `right`."""
    return fact(Kind.CONTACT_CORRECTED, at, text=(wrong.uid, "", fact_text(right)))


def retracted(at: float, wrong: Fact) -> Fact:
    return fact(Kind.CONTACT_RETRACTED, at, text=(wrong.uid,))


def state(  # noqa: PLR0913 - all that a state can say
    at: float,
    name: str,
    *,
    team: str = "",
    queues: Sequence[str] = (),
    reason: str = "",
    capacity: int = 1,
    slots: Mapping[str, int] | None = None,
    uid: str = "",
) -> Fact:
    """An agent is in state `name` from `at` on; with `slots`, the capacity is told by channel."""
    told = "\t".join([reason, *queues])
    if slots:
        told += "\t\t" + "\t".join(f"{channel} {most}" for channel, most in sorted(slots.items()))
        capacity = max(slots.values())
    return fact(Kind.AGENT_STATE, at, visit=capacity, text=(name, team, told), uid=uid)


def schedule(
    from_s: float,
    to_s: float,
    *shifts: tuple[float, float, str],
    at: float = 0,
    team: str = "",
    uid: str = "",
) -> Fact:
    """What is planned for an agent from one instant to another, published at `at`."""
    told = "\t".join([team, *(f"{ms(low)} {ms(high)} {activity}" for low, high, activity in shifts)])
    return fact(Kind.SCHEDULE_PUBLISHED, at, text=(str(ms(from_s)), str(ms(to_s)), told), uid=uid)


def heartbeat(at: float) -> Fact:
    """A sign of life."""
    return fact(Kind.AGENT_HEARTBEAT, at)


def state_corrected(uid: str, instead: Fact, at: float, *, by: str = "") -> Fact:
    """The fact `uid` of an agent should have said something else."""
    return fact(Kind.AGENT_CORRECTED, at, text=(f"/test\t{uid}", "", fact_text(instead)), uid=by)


def state_retracted(uid: str, at: float, *, by: str = "") -> Fact:
    """The fact `uid` of an agent never was."""
    return fact(Kind.AGENT_RETRACTED, at, text=(f"/test\t{uid}",), uid=by)


def of(subject: str, *facts: Fact) -> list[Event]:
    """The events that tell `facts` of one contact or agent."""
    return [Event(subject, fact) for fact in facts]


def records(events: Iterable[Event], *, first: int = 0) -> list[Record]:
    """Canonical records, as a broker would hand them over a second after they happened."""
    return [Record(first + n, event.fact.at_ms + 1000, encode(event)) for n, event in enumerate(events)]


def batch(events: Iterable[Event], *, first: int = 0, partition: Partition = CONTACTS) -> Batch:
    """A batch of canonical records that begins at offset `first`."""
    return batch_of(partition, first, records(events, first=first))


def batch_of(partition: Partition, first: int, records: Sequence[Any]) -> Batch:
    """What a log holds from an offset on: these records, and nothing in between."""
    end = records[-1].offset + 1 if records else first
    return Batch(partition, first, end, records, end - first - len(records))


def beat(
    at: float, *, source: str = "/pantau/heartbeat", of: str = "pantau.contacts:0", offset: int = 0
) -> Record:
    """A heartbeat of the path, received the moment it was sent."""
    return Record(offset, ms(at), heartbeat_record(source, of, ms(at)), key=of.encode())


def checkpoint(from_offset: int, next_offset: int, changes: Changes | None = None) -> Checkpoint:
    """A checkpoint of `changes` whose watermark and writing time grow with its end."""
    written_ms, length = ms(next_offset) + 500, next_offset - from_offset
    return Checkpoint(
        *(from_offset, next_offset, ms(next_offset), written_ms, changes or Changes()), records=length
    )
