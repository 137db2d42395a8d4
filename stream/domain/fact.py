"""Facts: what events prove about one contact or agent, as plain values that sort and compare.

A contact is the *set* of its facts, so a duplicate changes nothing and no order is better than another.
Facts of one contact are read in the order of their fields: time, then kind, then identity.
"""

from enum import IntEnum
from typing import NamedTuple


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
    AGENT_STATE = 20
    AGENT_HEARTBEAT = 21


class Fact(NamedTuple):
    """One fact. What `number`, `a`, `b` and `c` mean depends on its kind.

    | kind | number | a | b | c |
    |---|---|---|---|---|
    | VISIT_QUEUED | visit, 0 unknown | queue | channel | |
    | VISIT_ANSWERED, LEG_* | visit | agent | | |
    | VISIT_LEFT | visit | reason | | |
    | OFFER_* | visit | agent | reason | |
    | AGENT_STATE | capacity | state | team | reason and queues, tab-separated |
    """

    at_ms: int
    kind: int
    uid: str
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""


class Event(NamedTuple):
    """A fact and the contact or agent it is about."""

    subject: str
    fact: Fact
