"""Our own events: CloudEvents 1.0 in JSON, in structured mode, or in binary mode with `ce_` headers."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from stream.adapters.base import EARLIEST_MS, LATEST_MS, MAX_AHEAD_MS, MAX_RECORD_BYTES
from stream.adapters.schema import CANONICAL
from stream.domain.fact import Event, Fact, Kind
from stream.domain.instant import instant_ms, instant_text
from stream.errors import BadRecord, RejectReason

_VISIT_QUEUED, _AGENT_STATE = int(Kind.VISIT_QUEUED), int(Kind.AGENT_STATE)
_validate = CANONICAL.validator.validate_json  # the adapter's own method adds a layer of Python to each call
_ABSENT: tuple[Any, ...] = (None, "", [])
_NO_DATA: dict[str, Any] = {}
_tuple = tuple.__new__  # named tuples are made for every event; this makes them in half the time


class UnknownType(Exception):  # noqa: N818 - not an error: newer sources may send more than we know
    """A CloudEvent of a type we do not know: tolerated and counted."""


class CanonicalDecoder:
    """Reads canonical events. See `Decoder`."""

    name = "canonical"

    def decode(self, value: bytes, received_ms: int | None = None) -> tuple[Event]:
        """The event in `value`; `UnknownType` for a type that is not in the schema."""
        if len(value) > MAX_RECORD_BYTES:
            raise BadRecord(RejectReason.TOO_LARGE, f"{len(value)} bytes; at most {MAX_RECORD_BYTES}")
        try:
            document = _validate(value)
            at_ms = instant_ms(document["time"])
        except ValidationError as invalid:
            raise _refusal(invalid) from None
        except ValueError as wrong:
            raise BadRecord(RejectReason.SCHEMA, f"time: {wrong}") from None
        latest_ms = LATEST_MS if received_ms is None else min(LATEST_MS, received_ms + MAX_AHEAD_MS)
        if not EARLIEST_MS <= at_ms <= latest_ms:
            raise BadRecord(RejectReason.CLOCK, f"time: {document['time']} is implausible for its receipt")
        source, identity, subject = document["source"], document["id"], document["subject"]
        if not f"{source}{identity}{subject}".isprintable():
            raise BadRecord(RejectReason.SCHEMA, f"{_unprintable(document)}: only printable characters")
        uid = f"{source}\t{identity}"
        fact = _FACTS[document["type"]](at_ms, uid, document.get("data", _NO_DATA))
        return (_tuple(Event, (subject, fact)),)


def encode(event: Event) -> bytes:
    """The canonical record of an event: the inverse of `decode`."""
    fact = event.fact
    source, _, identity = fact.uid.partition("\t")
    document = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": TYPE_NAMES[fact.kind],
        "time": instant_text(fact.at_ms),
        "subject": event.subject,
        "data": {name: value for name, value in _data(fact).items() if value not in _ABSENT},
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def structured(headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> bytes | None:
    """A record in structured mode; one in binary mode (attributes in `ce_` headers) is put into that form."""
    document: dict[str, Any] = {
        name[3:]: (text or b"").decode(errors="replace") for name, text in headers if name.startswith("ce_")
    }
    if not document:
        return value
    if len(value or b"") > MAX_RECORD_BYTES:
        return value
    if value:
        try:
            document["data"] = from_json(value)
        except ValueError:
            raise BadRecord(RejectReason.JSON, "data: not JSON in UTF-8") from None
    return to_json(document)


def topic_of(event: Event) -> str:
    """The topic that carries an event."""
    return "pantau.agents" if event.fact.kind >= Kind.AGENT_STATE else "pantau.contacts"


def _refusal(invalid: ValidationError) -> Exception:
    """What is wrong, without the value: a record may hold what must not be logged."""
    first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "union_tag_invalid":
        return UnknownType()
    reason = RejectReason.JSON if first["type"] == "json_invalid" else RejectReason.SCHEMA
    where = ".".join(str(part) for part in first["loc"][1:])
    text = "not JSON in UTF-8" if reason is RejectReason.JSON else first["msg"]
    return BadRecord(reason, f"{where}: {text}" if where else text)


def _unprintable(document: Any) -> str:
    return next(name for name in ("id", "source", "subject") if not document[name].isprintable())


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


def _queued(at_ms: int, uid: str, data: dict[str, Any]) -> Fact:
    channel = data.get("channel", "voice")
    return _tuple(Fact, (at_ms, _VISIT_QUEUED, uid, data.get("visit", 0), data["queue"], channel, ""))


def _agent_state(at_ms: int, uid: str, data: dict[str, Any]) -> Fact:
    get = data.get
    more = "\t".join([get("reason", ""), *get("queues", ())])
    return _tuple(Fact, (at_ms, _AGENT_STATE, uid, get("capacity", 1), data["state"], get("team", ""), more))


def _plain(kind: Kind) -> Callable[[int, str, dict[str, Any]], Fact]:
    number = int(kind)

    def fact(at_ms: int, uid: str, data: dict[str, Any]) -> Fact:
        get = data.get
        return _tuple(Fact, (at_ms, number, uid, get("visit", 0), get("agent", ""), get("reason", ""), ""))

    return fact


def _left(at_ms: int, uid: str, data: dict[str, Any]) -> Fact:
    return Fact(at_ms, int(Kind.VISIT_LEFT), uid, data.get("visit", 0), data["reason"])


def _contact(kind: Kind) -> Callable[[int, str, dict[str, Any]], Fact]:
    number = int(kind)

    def fact(at_ms: int, uid: str, data: dict[str, Any]) -> Fact:
        return Fact(at_ms, number, uid, 0, "", data.get("channel", ""))

    return fact


_FACTS: dict[str, Callable[[int, str, dict[str, Any]], Fact]] = {
    "contact.started": _contact(Kind.CONTACT_STARTED),
    "contact.ended": _contact(Kind.CONTACT_ENDED),
    "visit.queued": _queued,
    "visit.left": _left,
    "agent.state": _agent_state,
    **{
        name: _plain(kind)
        for name, kind in {
            "visit.answered": Kind.VISIT_ANSWERED,
            "visit.abandoned": Kind.VISIT_ABANDONED,
            "offer.made": Kind.OFFER_MADE,
            "offer.declined": Kind.OFFER_DECLINED,
            "leg.held": Kind.LEG_HELD,
            "leg.resumed": Kind.LEG_RESUMED,
            "leg.ended": Kind.LEG_ENDED,
            "leg.wrapped_up": Kind.LEG_WRAPPED_UP,
            "agent.heartbeat": Kind.AGENT_HEARTBEAT,
        }.items()
    },
}
#: The event type that each kind of fact comes from.
TYPE_NAMES = {int(kind): kind.name.lower().replace("_", ".", 1) for kind in Kind}
