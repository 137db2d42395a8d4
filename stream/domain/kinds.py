"""Kinds of events: one row for each kind.

A row names the four stored slots of its events: a number, then three texts.
"""

from collections.abc import Sequence
from enum import Enum, IntEnum
from typing import NamedTuple, Self

_Names = tuple[tuple[str, tuple[str, ...]], ...]

#: The limits on names in events; see `limits`.
QUEUES, TEAMS, REASONS, AGENTS = "queues", "teams", "reasons", "agents"


class Form(Enum):
    """How a slot is stored, and written in an event's `data`."""

    NUMBER = "number"  # 0 if absent
    TEXT = "text"  # "" if absent
    INSTANT = "instant"  # ms as digits, RFC 3339 in the data; "" if absent
    OTHER = "other"  # coded text: each kind has its own code


class Slot(NamedTuple):
    """One stored value: its name, its name in `data`, and its default."""

    name: str
    form: Form = Form.TEXT
    field: str = ""
    otherwise: str = ""


#: How many slots are stored.
PLACES = 4
_CONTACT, _OF_AGENT = "contact", "agent"
_VISIT, _CAPACITY = Slot("visit", Form.NUMBER), Slot("capacity", Form.NUMBER)
_AGENT, _TEAM, _QUEUE, _REASON = Slot("agent"), Slot("team"), Slot("queue"), Slot("reason")
_CHANNEL, _OR_VOICE, _OR_FULL = (
    Slot("channel"),
    Slot("channel", otherwise="voice"),
    Slot("reason", otherwise="full"),
)
_DUE, _ASKED = Slot("due_ms", Form.INSTANT, "due"), Slot("asked_ms", Form.INSTANT, "asked")
_ACCEPTED = Slot("accepted_ms", Form.INSTANT, "accepted")
_FROM, _TO = Slot("from_ms", Form.INSTANT, "from"), Slot("to_ms", Form.INSTANT, "to")
_DETAILS, _SHIFTS = Slot("details", Form.OTHER), Slot("shifts", Form.OTHER)
_OTHER, _INSTEAD = Slot("other", Form.OTHER), Slot("instead", Form.OTHER)
_OFFER = (_VISIT, _AGENT, _REASON, _TEAM)
_STEP = (_VISIT, _AGENT, None, _TEAM)
#: The slots of corrections and retractions.
REMARK = (None, _OTHER, None, _INSTEAD)
_QUEUED = ((QUEUES, ("queue", "channel")),)
_STAFFED = ((TEAMS, ("team",)), (AGENTS, ("agent",)))
_SERVES = ((TEAMS, ("team",)), (REASONS, ("details",)), (AGENTS, ()))
_PLANNED = ((TEAMS, ("shifts",)),)
#: The default place among facts of one instant.
_LAST = 95


#: Every row by number; each class of kinds adds its own.
ROWS: dict[int, "Row"] = {}
#: Kinds that correct or retract another fact.
ABOUT_ANOTHER: set[int] = set()


class Row(IntEnum):
    """A kind of event. Its number is stored, and orders facts of the same millisecond.

    `entity` is the name of its entity. `tie` is its place among facts of one instant that nothing else
    orders. `slots` are in the order of storage; None stays empty. `names` are the limited names in it, and
    the slots that spell each (the text before a tab; no slot means the subject). An `agent` is limited only
    where agents have their own series. Raises `ValueError` for a number in use.
    """

    type: str
    entity: str
    tie: int
    slots: tuple[Slot | None, ...]
    names: _Names
    instants: tuple[str, ...]

    def __new__(  # noqa: PLR0913, PLR0917 - the columns of the table
        cls,
        number: int,
        type_: str,
        entity: str,
        tie: int = _LAST,
        slots: Sequence[Slot | None] = (),
        names: _Names = (),
    ) -> Self:
        """One row of the table."""
        kind = int.__new__(cls, number)
        kind._value_ = number
        kind.type, kind.entity, kind.tie, kind.names = type_, entity, tie, names
        kind.slots = (*slots, *[None] * (PLACES - len(slots)))
        kind.instants = tuple(slot.name for slot in slots if slot and slot.form is Form.INSTANT)
        if ROWS.setdefault(number, kind) is not kind:
            raise ValueError(f"{number} is the number of {ROWS[number].type} and of {type_}")
        if kind.slots == REMARK:
            ABOUT_ANOTHER.add(number)
        return kind

    @property
    def is_retraction(self) -> bool:
        """Whether it says of another fact that it never was."""
        return self.type == "event.retracted"


class Kind(Row):
    """The kinds of events about contacts and agents."""

    CONTACT_STARTED = 0, "contact.started", _CONTACT, 0, (None, None, _CHANNEL)
    VISIT_QUEUED = 1, "visit.queued", _CONTACT, _LAST, (_VISIT, _QUEUE, _OR_VOICE, _DUE), _QUEUED
    OFFER_MADE = 2, "offer.made", _CONTACT, 22, _OFFER, _STAFFED
    OFFER_DECLINED = 3, "offer.declined", _CONTACT, 20, _OFFER, _STAFFED
    VISIT_ANSWERED = 4, "visit.answered", _CONTACT, 40, (_VISIT, _AGENT, _ACCEPTED, _TEAM), _STAFFED
    VISIT_ABANDONED = 5, "visit.abandoned", _CONTACT, 41, _STEP
    VISIT_LEFT = 6, "visit.left", _CONTACT, 42, (_VISIT, _REASON)
    LEG_HELD = 7, "leg.held", _CONTACT, 3, _STEP, _STAFFED
    LEG_RESUMED = 8, "leg.resumed", _CONTACT, 4, _STEP, _STAFFED
    LEG_ENDED = 9, "leg.ended", _CONTACT, 5, (_VISIT, _AGENT, Slot("transfer"), _TEAM), _STAFFED
    LEG_WRAPPED_UP = 10, "leg.wrapped_up", _CONTACT, 6, _STEP, _STAFFED
    CONTACT_ENDED = 11, "contact.ended", _CONTACT, 90, (None, None, _CHANNEL)
    VISIT_BLOCKED = 12, "visit.blocked", _CONTACT, 23, (None, _QUEUE, _OR_VOICE, _OR_FULL), _QUEUED
    MESSAGE_SENT = 13, "message.sent", _CONTACT, _LAST, (_VISIT, _AGENT, Slot("by"))
    CALLBACK_ATTEMPTED = 14, "callback.attempted", _CONTACT, 23, (_VISIT, _AGENT, Slot("result"))
    CONTACT_LINKED = 15, "contact.linked", _CONTACT, _LAST, (None, Slot("to"), Slot("relation"), _ASKED)
    CONTACT_CORRECTED = 18, "event.corrected", _CONTACT, _LAST, REMARK
    CONTACT_RETRACTED = 19, "event.retracted", _CONTACT, _LAST, REMARK
    AGENT_STATE = 20, "agent.state", _OF_AGENT, _LAST, (_CAPACITY, Slot("state"), _TEAM, _DETAILS), _SERVES
    AGENT_HEARTBEAT = 21, "agent.heartbeat", _OF_AGENT
    SCHEDULE_PUBLISHED = 22, "schedule.published", _OF_AGENT, _LAST, (None, _FROM, _TO, _SHIFTS), _PLANNED
    AGENT_CORRECTED = 28, "event.corrected", _OF_AGENT, _LAST, REMARK
    AGENT_RETRACTED = 29, "event.retracted", _OF_AGENT, _LAST, REMARK


#: Where each kind is read in an instant.
TIES = {int(kind): kind.tie for kind in Kind}
#: Types that tell a fact of one of several kinds: what a source holds of a contact or an agent.
SNAPSHOTS = {"contact.snapshot": _CONTACT, "agent.snapshot": _OF_AGENT}


def remark_of(type_: str, entity: str) -> Row:
    """The kind of a correction or a retraction of events about an entity."""
    return next(row for row in ROWS.values() if (row.type, row.entity) == (type_, entity))
