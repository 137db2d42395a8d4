"""Facts: what events prove about one contact or agent, as plain values that sort and compare.

A contact is the *set* of its facts, so a duplicate changes nothing and no order is better than another.
Facts of one contact are read in the order of their fields: time, then kind, then identity.
"""

from enum import IntEnum
from typing import NamedTuple

from msgspec.json import Decoder, Encoder

_encode = Encoder().encode


class Kind(IntEnum):
    """What happened. The numbers are stored, and they order facts of the same millisecond."""

    CONTACT_STARTED = 0
    VISIT_QUEUED = 1
    OFFER_MADE = 2
    OFFER_DECLINED = 3
    VISIT_ANSWERED = 4
    VISIT_ABANDONED = 5
    VISIT_LEFT = 6
    LEG_HELD = 7
    LEG_RESUMED = 8
    LEG_ENDED = 9
    LEG_WRAPPED_UP = 10
    CONTACT_ENDED = 11
    VISIT_BLOCKED = 12
    MESSAGE_SENT = 13
    CALLBACK_ATTEMPTED = 14
    CONTACT_LINKED = 15
    CONTACT_CORRECTED = 18
    CONTACT_RETRACTED = 19
    AGENT_STATE = 20
    AGENT_HEARTBEAT = 21
    SCHEDULE_PUBLISHED = 22
    AGENT_CORRECTED = 28
    AGENT_RETRACTED = 29


#: Kinds that say something of another fact, whose identity they name in `a`.
ABOUT_ANOTHER = frozenset(
    {
        int(Kind.CONTACT_CORRECTED),
        int(Kind.CONTACT_RETRACTED),
        int(Kind.AGENT_CORRECTED),
        int(Kind.AGENT_RETRACTED),
    }
)


class Fact(NamedTuple):
    """One fact. What `number`, `a`, `b` and `c` mean depends on its kind.

    `sequence`: its place among the events of its source, as text that sorts; "" where the source tells none.

    | kind | number | a | b | c |
    |---|---|---|---|---|
    | VISIT_QUEUED | visit, 0 unknown | queue | channel | ms it is due, of a callback |
    | VISIT_ANSWERED | visit | agent | ms it was accepted, if told | team |
    | LEG_* | visit | agent | how it was transferred, of LEG_ENDED | team |
    | VISIT_LEFT | visit | reason | | |
    | VISIT_BLOCKED | | queue | channel | reason |
    | OFFER_* | visit | agent | reason | team |
    | MESSAGE_SENT | visit | agent | by whom | |
    | CALLBACK_ATTEMPTED | visit | agent | result | |
    | CONTACT_LINKED | | the other contact | how they are related | ms a callback was asked for, if told |
    | AGENT_STATE | most contacts at once | state | team | reason, queues; then slots: see `agent.told_of` |
    | SCHEDULE_PUBLISHED | | ms it begins | ms it ends | team and shifts, tab-separated |
    | *_CORRECTED | | identity of the other | | what it says instead, as `fact_text` |
    | *_RETRACTED | | identity of the other | | |
    """

    at_ms: int
    kind: int
    uid: str
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""
    sequence: str = ""


class _Said(NamedTuple):
    """A fact without its identity, as it is written: what is not told at the end takes no room."""

    at_ms: int
    kind: int
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""
    sequence: str = ""


_decode = Decoder(_Said).decode


class Event(NamedTuple):
    """A fact and the contact or agent it is about."""

    subject: str
    fact: Fact


def fact_text(fact: Fact) -> str:
    """All of a fact but its identity, as a JSON array: whatever its texts hold, `fact_of` reads it back."""
    at_ms, kind, _, *said = fact
    while not said[-1] and len(said) > 1:
        said.pop()
    return _encode((at_ms, kind, *said)).decode()


def fact_of(uid: str, text: str) -> Fact:
    """The fact that `fact_text` wrote. Raises `ValueError` for anything else."""
    at_ms, kind, number, a, b, c, sequence = _decode(text)
    return Fact(at_ms, kind, uid, number, a, b, c, sequence)
