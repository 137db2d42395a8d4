"""What an event's `data` says, as the last fields of a fact; and back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from stream.adapters.sequence import told
from stream.domain.agent import told_of, told_text
from stream.domain.fact import ABOUT_ANOTHER, Fact, Kind, fact_of
from stream.domain.instant import instant_ms, instant_text

_ABSENT: tuple[Any, ...] = (None, "", [])


class Payload(NamedTuple):
    """The kind of a fact and all it says but its instant and identity. See `Fact` for the four in the middle.

    `since` is the instant told in the data, where that is when it happened.
    """

    kind: int
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""
    since: str = ""


def payload(type_: str, data: dict[str, Any]) -> Payload:
    """What `data` of an event of `type_` says; both have been found valid."""
    return _READ[type_](data)


def data_of(fact: Fact) -> dict[str, Any]:
    """The `data` that says what `fact` says."""
    told = _WRITTEN.get(fact.kind, _acted)(fact)
    return {name: value for name, value in told.items() if value not in _ABSENT or name == "shifts"}


def _identity(uid: str) -> str:
    return uid.partition("\t")[2]


def _queued(data: dict[str, Any]) -> Payload:
    due = str(instant_ms(data["due"])) if "due" in data else ""
    return Payload(Kind.VISIT_QUEUED, data.get("visit", 0), data["queue"], data.get("channel", "voice"), due)


def _blocked(data: dict[str, Any]) -> Payload:
    channel, reason = data.get("channel", "voice"), data.get("reason", "full")
    return Payload(Kind.VISIT_BLOCKED, 0, data["queue"], channel, reason)


def _answered(data: dict[str, Any]) -> Payload:
    accepted = str(instant_ms(data["accepted"])) if "accepted" in data else ""
    return Payload(
        Kind.VISIT_ANSWERED, data.get("visit", 0), data.get("agent", ""), accepted, data.get("team", "")
    )


def _linked(data: dict[str, Any]) -> Payload:
    asked = str(instant_ms(data["asked"])) if "asked" in data else ""
    return Payload(Kind.CONTACT_LINKED, 0, data["to"], data["relation"], asked)


def _agent_state(data: dict[str, Any]) -> Payload:
    capacity, since = data.get("capacity", 1), data.get("since", "")
    slots = capacity if isinstance(capacity, dict) else {}
    more = told_text(data.get("reason", ""), data.get("queues", ()), slots)
    most = max(slots.values()) if slots else capacity
    return Payload(Kind.AGENT_STATE, most, data["state"], data.get("team", ""), more, since)


def _schedule(data: dict[str, Any]) -> Payload:
    shifts = [f"{instant_ms(s['from'])} {instant_ms(s['to'])} {s['activity']}" for s in data["shifts"]]
    from_ms, to_ms = instant_ms(data["from"]), instant_ms(data["to"])
    told = "\t".join([data.get("team", ""), *shifts])
    return Payload(Kind.SCHEDULE_PUBLISHED, 0, str(from_ms), str(to_ms), told)


def _snapshot(data: dict[str, Any]) -> Payload:
    match data["state"]:
        case "waiting":
            return _queued(data)._replace(since=data["since"])
        case "talking":
            return _answered(data)._replace(since=data["since"])
        case _:
            return Payload(Kind.CONTACT_ENDED)


def _contact(kind: Kind) -> Callable[[dict[str, Any]], Payload]:
    return lambda data: Payload(kind, 0, "", data.get("channel", ""))


def _said_by(a: str, b: str, kind: Kind) -> Callable[[dict[str, Any]], Payload]:
    """Facts that say `a` and `b` under those names, and maybe a visit and a team."""
    return lambda data: Payload(
        kind, data.get("visit", 0), data.get(a, ""), data.get(b, ""), data.get("team", "")
    )


#: The event type that each kind of fact comes from. Contacts and agents have corrections of their own.
TYPE_NAMES = {
    int(kind): f"event.{kind.name.partition('_')[2].lower()}"
    if kind in ABOUT_ANOTHER
    else kind.name.lower().replace("_", ".", 1)
    for kind in Kind
}

_READ: dict[str, Callable[[dict[str, Any]], Payload]] = {
    **{TYPE_NAMES[kind]: _said_by("agent", "reason", kind) for kind in Kind},
    "contact.started": _contact(Kind.CONTACT_STARTED),
    "contact.ended": _contact(Kind.CONTACT_ENDED),
    "contact.snapshot": _snapshot,
    "visit.queued": _queued,
    "visit.answered": _answered,
    "visit.left": _said_by("reason", "", Kind.VISIT_LEFT),
    "visit.blocked": _blocked,
    "leg.ended": _said_by("agent", "transfer", Kind.LEG_ENDED),
    "message.sent": _said_by("agent", "by", Kind.MESSAGE_SENT),
    "callback.attempted": _said_by("agent", "result", Kind.CALLBACK_ATTEMPTED),
    "contact.linked": _linked,
    "agent.state": _agent_state,
    "agent.snapshot": _agent_state,
    "schedule.published": _schedule,
    "agent.heartbeat": lambda _: Payload(Kind.AGENT_HEARTBEAT),
}


def _acted(fact: Fact) -> dict[str, Any]:
    return {"agent": fact.a, "reason": fact.b, "team": fact.c, "visit": fact.number or None}


def _answered_data(fact: Fact) -> dict[str, Any]:
    return {**_acted(fact), "reason": None, "accepted": instant_text(int(fact.b)) if fact.b else None}


def _queued_data(fact: Fact) -> dict[str, Any]:
    due = instant_text(int(fact.c)) if fact.c else None
    return {"queue": fact.a, "channel": fact.b, "visit": fact.number or None, "due": due}


def _linked_data(fact: Fact) -> dict[str, Any]:
    return {"to": fact.a, "relation": fact.b, "asked": instant_text(int(fact.c)) if fact.c else None}


def _state_data(fact: Fact) -> dict[str, Any]:
    reason, queues, slots = told_of(fact.c)
    capacity = dict(slots) or fact.number
    return {"state": fact.a, "team": fact.b, "reason": reason, "queues": [*queues], "capacity": capacity}


def _schedule_data(fact: Fact) -> dict[str, Any]:
    team, *shifts = fact.c.split("\t")
    return {"team": team, **_stretch(fact.a, fact.b), "shifts": [_shift(*s.split(" ")) for s in shifts]}


def _shift(from_ms: str, to_ms: str, activity: str) -> dict[str, Any]:
    return {**_stretch(from_ms, to_ms), "activity": activity}


def _stretch(from_ms: str, to_ms: str) -> dict[str, Any]:
    return {"from": instant_text(int(from_ms)), "to": instant_text(int(to_ms))}


def _corrected_data(fact: Fact) -> dict[str, Any]:
    said = fact_of("", fact.c)
    type_, time = TYPE_NAMES[said.kind], instant_text(said.at_ms)
    of_source = {"sequence": told(said.sequence)}
    return {"id": _identity(fact.a), "type": type_, "time": time, **of_source, "data": data_of(said)}


def _retracted_data(fact: Fact) -> dict[str, Any]:
    of = Kind.AGENT_STATE if fact.kind == Kind.AGENT_RETRACTED else Kind.CONTACT_STARTED
    return {"id": _identity(fact.a), "type": TYPE_NAMES[of]}


_WRITTEN: dict[int, Callable[[Fact], dict[str, Any]]] = {
    Kind.CONTACT_STARTED: lambda fact: {"channel": fact.b},
    Kind.CONTACT_ENDED: lambda fact: {"channel": fact.b},
    Kind.VISIT_QUEUED: _queued_data,
    Kind.VISIT_ANSWERED: _answered_data,
    Kind.VISIT_LEFT: lambda fact: {"reason": fact.a, "visit": fact.number or None},
    Kind.VISIT_BLOCKED: lambda fact: {"queue": fact.a, "channel": fact.b, "reason": fact.c},
    Kind.LEG_ENDED: lambda fact: {**_acted(fact), "reason": None, "transfer": fact.b},
    Kind.MESSAGE_SENT: lambda fact: {"by": fact.b, "agent": fact.a, "visit": fact.number or None},
    Kind.CALLBACK_ATTEMPTED: lambda fact: {"result": fact.b, "agent": fact.a, "visit": fact.number or None},
    Kind.CONTACT_LINKED: _linked_data,
    Kind.CONTACT_CORRECTED: _corrected_data,
    Kind.CONTACT_RETRACTED: _retracted_data,
    Kind.AGENT_STATE: _state_data,
    Kind.SCHEDULE_PUBLISHED: _schedule_data,
    Kind.AGENT_CORRECTED: _corrected_data,
    Kind.AGENT_RETRACTED: _retracted_data,
}
