"""What a centre sends: a seeded hour of contacts and agents, by clocks that skew and step; bad records too.

Each fact has its own identity; some events come twice, many come late or in the wrong order.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from zlib import crc32

from support.factories import T0

from stream.adapters.canonical import encode
from stream.domain.fact import Event, Fact, fact_text
from stream.domain.kinds import ABOUT_ANOTHER, Kind
from stream.store.partition import Partition

#: When the first record is written; every event before lies in the past hour.
BEGIN_MS = T0 + 3_600_000
QUEUES, TEAMS = ("billing", "sales", "support"), ("", "north", "south")
CHANNELS = ("voice", "voice", "chat", "callback")
STATES = ("available", "ringing", "talking", "hold", "wrapup", "not_ready", "busy_other", "logged_out")
_LEFT = ("overflow", "transfer", "callback", "error")
_DAY_MS = 86_400_000
_NOT_REMARKED = {int(Kind.AGENT_HEARTBEAT), *ABOUT_ANOTHER}
_EXITS = (Kind.VISIT_ANSWERED, Kind.VISIT_ANSWERED, Kind.VISIT_ABANDONED, Kind.VISIT_LEFT)


class Sent(NamedTuple):
    """A record on its way: when it is written, in seconds, what it says, and whether it must be refused."""

    at: float
    topic: str
    subject: str
    value: bytes | None
    event: Event | None = None
    bad: bool = False


class SourceClock:
    """What a source believes the time to be: up to two minutes wrong, and set forth and back in between."""

    def __init__(self, rng: Random) -> None:
        steps = rng.choice([0, 0, 1, 3])
        self._steps = sorted(
            (rng.randrange(3_600_000), rng.randrange(-120_000, 120_000)) for _ in range(steps)
        )

    def told(self, at_ms: int) -> int:
        return at_ms + next((by for from_ms, by in reversed(self._steps) if from_ms <= at_ms - T0), 0)


def journal(rng: Random, seconds: float) -> list[Sent]:
    """All records of a run, in the order they are written over so many seconds."""
    clocks = {"/pbx": SourceClock(rng), "/acd": SourceClock(rng)}
    events = []
    for n in range(rng.randrange(3, 10)):
        events += [Event(f"c{n}", fact) for fact in _remarked(rng, [*_contact(rng)])]
    for n in range(rng.randrange(4)):
        events += [Event(f"a{n}", fact) for fact in _remarked(rng, [*_agent(rng)], agent=True)]
    sent = [_sent(rng, _skewed(rng, clocks, event), seconds) for event in events]
    sent += [_later(rng, rng.choice(sent), seconds) for _ in range(rng.randrange(len(sent) // 4 + 1))]
    sent += _refused(rng, seconds)
    return sorted(sent, key=lambda one: one.at)


def partition_of(one: Sent, partitions: int) -> Partition:
    """Where a record goes."""
    return Partition(one.topic, crc32(one.subject.encode()) % partitions)


def _sent(rng: Random, event: Event, seconds: float) -> Sent:
    """Events come in the order of their time, but for some that come whenever."""
    orderly = (event.fact.at_ms - T0) / 3_600_000 * seconds
    at = rng.uniform(0, seconds) if rng.random() < 0.15 else orderly + rng.uniform(0, 0.5)
    topic = "pantau.agents" if event.fact.kind >= Kind.AGENT_STATE else "pantau.contacts"
    return Sent(max(0.0, at), topic, event.subject, encode(event), event)


def _later(rng: Random, one: Sent, seconds: float) -> Sent:
    return one._replace(at=one.at + rng.choice([0.0, 0.01, rng.uniform(0, seconds)]))


def _skewed(rng: Random, clocks: dict[str, SourceClock], event: Event) -> Event:
    fact, source = event.fact, rng.choice([*clocks])
    if fact.kind in {
        Kind.CONTACT_CORRECTED,
        Kind.CONTACT_RETRACTED,
        Kind.AGENT_CORRECTED,
        Kind.AGENT_RETRACTED,
    }:
        source = fact.a.partition("\t")[0]
    identity = fact.uid.partition("\t")[2]
    return event._replace(
        fact=fact._replace(at_ms=clocks[source].told(fact.at_ms), uid=f"{source}\t{identity}")
    )


def _refused(rng: Random, seconds: float) -> list[Sent]:
    late = Fact(T0 - 20 * _DAY_MS, Kind.VISIT_QUEUED, "/pbx\tancient", 1, "billing", "voice")
    ahead = late._replace(at_ms=T0 + 40 * _DAY_MS, uid="/pbx\tahead")
    good = encode(Event("c0", late))
    kinds = [
        (b"{", True),
        (None, True),
        (b"{}", True),
        (encode(Event("c0", ahead)), True),
        (good.replace(b"visit.queued", b"ticket.opened"), False),
    ]
    chosen = [rng.choice(kinds) for _ in range(rng.randrange(4))]
    return [
        Sent(rng.uniform(0, seconds), "pantau.contacts", f"c{rng.randrange(9)}", value, bad=bad)
        for value, bad in chosen
    ]


def _remarked(rng: Random, facts: list[Fact], *, agent: bool = False) -> list[Fact]:
    """The facts, and for every second a correction or retraction of one of them, or two."""
    for n in range(rng.choice([0, 0, 1, 1, 2])):
        facts = _remark(rng, facts, f"x{n}", agent=agent)
    return facts


def _remark(rng: Random, facts: list[Fact], name: str, *, agent: bool) -> list[Fact]:
    """The facts, and a remark on one of them that its source makes a second after both were told."""
    if not facts:
        return facts
    wrong, other = rng.choice(facts), rng.choice(facts)
    if {wrong.kind, other.kind} & _NOT_REMARKED:
        return facts
    at_ms, about = max(wrong.at_ms, other.at_ms) + 1_000, f"/pbx\t{wrong.uid.partition(chr(9))[2]}"
    said = fact_text(other._replace(at_ms=other.at_ms + rng.choice([0, 1, 20_000])))
    kinds = (
        (Kind.AGENT_CORRECTED, Kind.AGENT_RETRACTED)
        if agent
        else (Kind.CONTACT_CORRECTED, Kind.CONTACT_RETRACTED)
    )
    kind = rng.choice(kinds)
    text = said if kind in {Kind.CONTACT_CORRECTED, Kind.AGENT_CORRECTED} else ""
    return [*facts, Fact(at_ms, kind, f"/pbx\t{name}-{wrong.uid.partition(chr(9))[2]}", 0, about, "", text)]


def _contact(rng: Random) -> Iterator[Fact]:
    at_ms, name = T0 + rng.randrange(2_400_000), f"{rng.getrandbits(40):x}"
    facts, visits = [], rng.choice([1, 1, 1, 2])
    for visit in range(1, visits + 1):
        for kind, after_ms, *text in _visit(rng):
            at_ms += after_ms
            facts.append(Fact(at_ms, int(kind), f"\t{name}-{len(facts)}", visit, *text))
    if rng.random() < 0.2:
        facts.append(Fact(at_ms + rng.randrange(9_000), int(Kind.CONTACT_ENDED), f"\t{name}-end"))
    yield from facts[: rng.choice([len(facts), len(facts), rng.randrange(1, len(facts) + 1)])]


def _visit(rng: Random) -> Iterator[tuple[Kind, int, *tuple[str, ...]]]:
    agent, team = f"agent-{rng.randrange(2)}", rng.choice(TEAMS)
    channel = rng.choice(CHANNELS)
    yield Kind.VISIT_QUEUED, rng.randrange(9_000), rng.choice(QUEUES), channel
    for _ in range(rng.choice([0, 0, 1])):
        yield rng.choice([Kind.OFFER_MADE, Kind.OFFER_DECLINED]), rng.randrange(9_000), agent, "", team
    if channel == "chat":
        for by in ("customer", "agent"):
            yield Kind.MESSAGE_SENT, rng.randrange(60_000), "", by
    exit_ = rng.choice(_EXITS)
    wait_ms = rng.choice([0, 5_000, 20_000, 20_001, rng.randrange(120_000)])
    if exit_ is not Kind.VISIT_ANSWERED:
        yield exit_, wait_ms, rng.choice(_LEFT) if exit_ is Kind.VISIT_LEFT else ""
        return
    yield exit_, wait_ms, agent, "", team
    for _ in range(rng.choice([0, 0, 1])):
        yield Kind.LEG_HELD, rng.randrange(60_000), agent
        yield Kind.LEG_RESUMED, rng.randrange(60_000), agent
    yield Kind.LEG_ENDED, rng.randrange(120_000), agent, rng.choice(["", "", "warm"])
    yield Kind.LEG_WRAPPED_UP, rng.randrange(60_000), agent


def _agent(rng: Random) -> Iterator[Fact]:
    at_ms, name, team = T0 + rng.randrange(1_800_000), f"{rng.getrandbits(40):x}", rng.choice(TEAMS)
    if rng.random() < 0.3:
        shift = f"{team}\t{at_ms} {at_ms + 900_000} productive"
        yield Fact(
            at_ms,
            int(Kind.SCHEDULE_PUBLISHED),
            f"\t{name}-plan",
            0,
            str(at_ms),
            str(at_ms + 1_800_000),
            shift,
        )
    for n in range(rng.randrange(1, 6)):
        at_ms += rng.randrange(1, 400_000)
        if rng.random() < 0.3:
            yield Fact(at_ms, int(Kind.AGENT_HEARTBEAT), f"\t{name}-beat{n}")
        told = "\t".join([rng.choice(["", "break"]), *rng.sample(QUEUES, rng.randrange(3))])
        yield Fact(at_ms, int(Kind.AGENT_STATE), f"\t{name}-{n}", 1, rng.choice(STATES), team, told)
