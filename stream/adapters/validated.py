"""One record read by the published schema, which alone decides what an event is."""

from collections.abc import Set as AbstractSet
from typing import Any

from pydantic import ValidationError

from stream.adapters.base import EARLIEST_MS, LATEST_MS, MAX_AHEAD_MS, MAX_RECORD_BYTES
from stream.adapters.document import read
from stream.adapters.heartbeat import TYPE, Heartbeat
from stream.adapters.payload import Payload, payload
from stream.adapters.personal import refuse_personal, refuse_personal_name, refuse_unless_pseudonym
from stream.adapters.schema import CANONICAL, types_of
from stream.adapters.sequence import sortable
from stream.domain.definition import CHANNELS
from stream.domain.entities import ENTITIES
from stream.domain.fact import Event, Fact, fact_text
from stream.domain.instant import instant_ms
from stream.domain.kinds import remark_of
from stream.errors import BadRecord, RejectReason

#: How the schema calls the capacity by channel.
_BY_CHANNEL = "by_channel"

_validate = (
    CANONICAL.validator.validate_python
)  # the adapter's own method adds a layer of Python to each call
_NAMED = ("id", "source", "subject", "sequence")
#: What `data` has that names no queue or team: an agent, an event, a reason.
_KEYS = frozenset({"agent", "id", "reason", "sequence"})
#: What names a queue or a team, or several.
_NAMES = ("queue", "team", "queues")
_CORRECTED, _RETRACTED = "event.corrected", "event.retracted"
#: What events are about whose type says so.
_ABOUT = {
    type_: entity.name
    for entity in ENTITIES
    for type_ in types_of(entity.topic).keys() - {_CORRECTED, _RETRACTED, TYPE}
}


class UnknownType(Exception):  # noqa: N818 - not an error: newer sources may send more than we know
    """A CloudEvent of a type we do not know: tolerated, counted and named."""

    def __init__(self, type_: str = "") -> None:
        super().__init__(type_)
        self.type = type_


def validated(
    value: bytes, received_ms: int | None, own_names: AbstractSet[str] = frozenset()
) -> tuple[Event, Payload]:
    """The event in `value`, and what its `data` says. Raises `BadRecord`, `UnknownType` and `Heartbeat`.

    `own_names` are those of queues and teams that the settings name: they may look like anything.
    """
    if len(value) > MAX_RECORD_BYTES:
        raise BadRecord(RejectReason.TOO_LARGE, f"{len(value)} bytes; at most {MAX_RECORD_BYTES}")
    return _of_document(read(value), received_ms, own_names)


def _of_document(told: Any, received_ms: int | None, own_names: AbstractSet[str]) -> tuple[Event, Payload]:
    try:
        document: dict[str, Any] = dict(_validate(told, strict=True))
    except ValidationError as invalid:
        raise _refusal(invalid) from None
    for name in _NAMED:
        refuse_personal(name, document.get(name, ""))
    latest_ms = LATEST_MS if received_ms is None else min(LATEST_MS, received_ms + MAX_AHEAD_MS)
    at_ms = _instant(document["time"], "time", latest_ms)
    if document["type"] == TYPE:  # a clock that is ahead, as far as is allowed, proves nothing of later
        raise Heartbeat(document["source"], document["subject"], min(at_ms, received_ms or at_ms))
    said = _said(document, received_ms, own_names)
    since = document.get("data", {}).get("since")
    if since is not None:
        at_ms = _instant(since, "since", latest_ms)
    uid, place = f"{document['source']}\t{document['id']}", sortable(document.get("sequence", ""))
    return Event(document["subject"], Fact(at_ms, int(said.kind), uid, *said.said, place)), said


def _said(document: dict[str, Any], received_ms: int | None, own_names: AbstractSet[str]) -> Payload:
    type_, data = document["type"], document.get("data", {})
    _refuse_persons(data, own_names)
    if type_ in {_CORRECTED, _RETRACTED}:
        return _of_another(document, data, received_ms, own_names)
    for name in ("due", "asked"):
        if name in data:
            _instant(data[name], name, LATEST_MS)
    if "accepted" in data and _instant(data["accepted"], "accepted", LATEST_MS) > instant_ms(
        document["time"]
    ):
        raise BadRecord(RejectReason.SCHEMA, "data.accepted: must not come after time")
    if "shifts" in data:
        _check_schedule(data)
    return payload(type_, data)


def _refuse_persons(data: dict[str, Any], own_names: AbstractSet[str]) -> None:
    for name in _KEYS & data.keys():
        refuse_personal(f"data.{name}", data[name])
    for field in _NAMES:
        told = data.get(field, ())
        for name in (told,) if isinstance(told, str) else told:
            if name not in own_names:
                refuse_personal_name(f"data.{field}", name)
    if "relation" in data:
        refuse_personal("data.to", data["to"])
    if "customer" in data:
        refuse_unless_pseudonym("data.customer", data["customer"])


def _of_another(
    document: dict[str, Any], data: dict[str, Any], received_ms: int | None, own_names: AbstractSet[str]
) -> Payload:
    """What a correction or a retraction says of the event it names."""
    about = _ABOUT.get(data["type"])
    if about is None:
        raise UnknownType(data["type"])
    kind = remark_of(document["type"], about)
    target = f"{document['source']}\t{data['id']}"
    if document["type"] == _RETRACTED:
        return Payload(kind, (0, target, "", ""))
    instead = {
        **{name: document[name] for name in ("specversion", "source", "subject")},
        **data,
        "data": data.get("data", {}),
    }
    (_, fact), _ = _of_document(instead, received_ms, own_names)
    return Payload(kind, (0, target, "", fact_text(fact)))


def _check_schedule(data: dict[str, Any]) -> None:
    """Every stretch ends after it begins, and shifts lie within the published one."""
    low_ms, high_ms = _stretch(data, "data")
    for number, shift in enumerate(data["shifts"]):
        where = f"data.shifts.{number}"
        from_ms, to_ms = _stretch(shift, where)
        if not low_ms <= from_ms < to_ms <= high_ms:
            raise BadRecord(RejectReason.SCHEMA, f"{where}: lies outside of the stretch that is published")


def _stretch(data: dict[str, Any], where: str) -> tuple[int, int]:
    from_ms = _instant(data["from"], f"{where}.from", LATEST_MS)
    to_ms = _instant(data["to"], f"{where}.to", LATEST_MS)
    if from_ms >= to_ms:
        raise BadRecord(RejectReason.SCHEMA, f"{where}.to: must come after {where}.from")
    return from_ms, to_ms


def _instant(text: str, where: str, latest_ms: int) -> int:
    try:
        at_ms = instant_ms(text)
    except ValueError as wrong:
        raise BadRecord(RejectReason.SCHEMA, f"{where}: {wrong}") from None
    if not EARLIEST_MS <= at_ms <= latest_ms:
        raise BadRecord(RejectReason.CLOCK, f"{where}: {text} is implausible for its receipt")
    return at_ms


def _shown(before: object, part: object) -> str:
    """A part of the place of what is wrong; the name of a channel that is none may be anything."""
    return "?" if before == _BY_CHANNEL and part not in CHANNELS else str(part)


def _refusal(invalid: ValidationError) -> Exception:
    """What is wrong, without the value: a record may hold what must not be logged."""
    first = invalid.errors(include_url=False, include_input=False)[0]
    if first["type"] == "union_tag_invalid" and not first["loc"]:
        return UnknownType(str(first["ctx"]["tag"]))
    where = ".".join(filter(None, map(_shown, first["loc"], first["loc"][1:])))
    text = first["msg"]
    if first["type"] == "union_tag_invalid":  # whose message tells the value
        text = f"{first['ctx']['discriminator']} is none of {first['ctx']['expected_tags']}"
    if first["type"] == "string_pattern_mismatch":  # whose message tells characters that are not seen
        text = "only printable characters, and no blank but the plain one"
    return BadRecord(RejectReason.SCHEMA, f"{where}: {text}" if where else text)
