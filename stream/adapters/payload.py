"""What an event's `data` says, as the last fields of a fact; and back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from stream.domain.fact import Fact, Kind

_ABSENT: tuple[Any, ...] = (None, "", [])


class Payload(NamedTuple):
    """The kind of a fact and all it says but its instant and identity. See `Fact` for the last four."""

    kind: int
    number: int = 0
    a: str = ""
    b: str = ""
    c: str = ""


def payload(type_: str, data: dict[str, Any]) -> Payload:
    """What `data` of an event of `type_` says; both have been found valid."""
    return _READ[type_](data)


def data_of(fact: Fact) -> dict[str, Any]:
    """The `data` that says what `fact` says."""
    return {name: value for name, value in _data(fact).items() if value not in _ABSENT}


def _data(fact: Fact) -> dict[str, Any]:
    match fact.kind:
        case Kind.VISIT_QUEUED:
            return {"queue": fact.a, "channel": fact.b, "visit": fact.number or None}
        case Kind.VISIT_LEFT:
            return {"reason": fact.a, "visit": fact.number or None}
        case Kind.AGENT_STATE:
            reason, *queues = fact.c.split("\t")
            return {
                "state": fact.a,
                "team": fact.b,
                "reason": reason,
                "queues": [q for q in queues if q],
                "capacity": fact.number,
            }
        case Kind.CONTACT_STARTED | Kind.CONTACT_ENDED:
            return {"channel": fact.b}
        case _:
            return {"agent": fact.a, "reason": fact.b, "visit": fact.number or None}


def _queued(data: dict[str, Any]) -> Payload:
    return Payload(Kind.VISIT_QUEUED, data.get("visit", 0), data["queue"], data.get("channel", "voice"))


def _agent_state(data: dict[str, Any]) -> Payload:
    more = "\t".join([data.get("reason", ""), *data.get("queues", ())])
    return Payload(Kind.AGENT_STATE, data.get("capacity", 1), data["state"], data.get("team", ""), more)


def _left(data: dict[str, Any]) -> Payload:
    return Payload(Kind.VISIT_LEFT, data.get("visit", 0), data["reason"])


def _contact(kind: Kind) -> Callable[[dict[str, Any]], Payload]:
    return lambda data: Payload(kind, 0, "", data.get("channel", ""))


def _plain(kind: Kind) -> Callable[[dict[str, Any]], Payload]:
    return lambda data: Payload(kind, data.get("visit", 0), data.get("agent", ""), data.get("reason", ""))


#: The event type that each kind of fact comes from.
TYPE_NAMES = {int(kind): kind.name.lower().replace("_", ".", 1) for kind in Kind}

_READ: dict[str, Callable[[dict[str, Any]], Payload]] = {
    **{TYPE_NAMES[kind]: _plain(kind) for kind in Kind},
    "contact.started": _contact(Kind.CONTACT_STARTED),
    "contact.ended": _contact(Kind.CONTACT_ENDED),
    "visit.queued": _queued,
    "visit.left": _left,
    "agent.state": _agent_state,
}
