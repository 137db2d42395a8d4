"""Reads one record by the published schema, which decides what an event is."""

from collections.abc import Set as AbstractSet
from typing import Any

from pydantic import ValidationError

from stream.adapters.base import (
    EARLIEST_MS,
    LATEST_MS,
    MAX_AHEAD_MS,
    MAX_RECORD_BYTES,
    Heartbeat,
    Passed,
    Unknown,
)
from stream.adapters.document import read
from stream.adapters.heartbeat import TYPE
from stream.adapters.payload import Said, slots_of
from stream.adapters.personal import refuse_personal, refuse_personal_name, refuse_unless_pseudonym
from stream.adapters.schema import CANONICAL, types_of
from stream.adapters.sequence import sortable
from stream.domain.definition import CHANNELS
from stream.domain.entities import ENTITIES
from stream.domain.fact import Event, Fact, fact_text
from stream.domain.instant import instant_ms
from stream.domain.kinds import Row, remark_of
from stream.errors import BadRecord, RejectReason

#: The name of capacity by channel in the schema.
_BY_CHANNEL = "by_channel"

_validate = (
    CANONICAL.validator.validate_python
)  # the adapter's own method adds a layer of Python to each call
_NAMED = ("id", "source", "subject", "sequence")
#: Fields of `data` that name an agent, an event or a reason.
_KEYS = frozenset({"agent", "id", "reason", "sequence"})
#: Fields of `data` that name queues or teams.
_NAMES = ("queue", "team", "queues")
_CORRECTED, _RETRACTED = "event.corrected", "event.retracted"
#: The entity of each type that determines it.
_ABOUT = {
    type_: entity.name
    for entity in ENTITIES
    for type_ in types_of(entity.topic).keys() - {_CORRECTED, _RETRACTED, TYPE}
}


def validated(
    value: bytes, received_ms: int | None, own_names: AbstractSet[str] = frozenset()
) -> Event | Passed:
    """The event in `value`, or `Passed` for a valid record without one. Raises `BadRecord`.

    `own_names` are queues and teams in the settings, which are not checked for personal data.
    """
    if len(value) > MAX_RECORD_BYTES:
        raise BadRecord(RejectReason.TOO_LARGE, f"{len(value)} bytes; at most {MAX_RECORD_BYTES}")
    return _of_document(read(value), received_ms, own_names)


def _of_document(parsed: Any, received_ms: int | None, own_names: AbstractSet[str]) -> Event | Passed:
    try:
        document: dict[str, Any] = dict(_validate(parsed, strict=True))
    except ValidationError as invalid:
        return _unknown(invalid)
    for name in _NAMED:
        refuse_personal(name, document.get(name, ""))
    latest_ms = LATEST_MS if received_ms is None else min(LATEST_MS, received_ms + MAX_AHEAD_MS)
    at_ms = _instant(document["time"], "time", latest_ms)
    if document["type"] == TYPE:  # a clock that is ahead proves nothing about the future
        return Heartbeat(document["source"], document["subject"], min(at_ms, received_ms or at_ms))
    data = document.get("data", {})
    _refuse_persons(data, own_names)
    if document["type"] in {_CORRECTED, _RETRACTED}:
        if data["type"] not in _ABOUT:
            return Unknown(data["type"])
        kind, slots = _of_another(document, data, received_ms, own_names)
    else:
        _check_times(document, data)
        kind, slots = slots_of(document["type"], data)
    if "since" in data:
        at_ms = _instant(data["since"], "since", latest_ms)
    uid, place = f"{document['source']}\t{document['id']}", sortable(document.get("sequence", ""))
    return Event(document["subject"], Fact(at_ms, int(kind), uid, *slots, place))


def _check_times(document: dict[str, Any], data: dict[str, Any]) -> None:
    for name in ("due", "asked"):
        if name in data:
            _instant(data[name], name, LATEST_MS)
    if "accepted" in data and _instant(data["accepted"], "accepted", LATEST_MS) > instant_ms(
        document["time"]
    ):
        raise BadRecord(RejectReason.SCHEMA, "data.accepted: must not come after time")
    if "shifts" in data:
        _check_schedule(data)


def _refuse_persons(data: dict[str, Any], own_names: AbstractSet[str]) -> None:
    for name in _KEYS & data.keys():
        refuse_personal(f"data.{name}", data[name])
    for field in _NAMES:
        names = data.get(field, ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in own_names:
                refuse_personal_name(f"data.{field}", name)
    if "relation" in data:
        refuse_personal("data.to", data["to"])
    if "customer" in data:
        refuse_unless_pseudonym("data.customer", data["customer"])


def _of_another(
    document: dict[str, Any], data: dict[str, Any], received_ms: int | None, own_names: AbstractSet[str]
) -> tuple[Row, Said]:
    """The kind and slots of a correction or retraction of an event of a known type."""
    kind = remark_of(document["type"], _ABOUT[data["type"]])
    target = f"{document['source']}\t{data['id']}"
    if document["type"] == _RETRACTED:
        return kind, (0, target, "", "")
    instead = {
        **{name: document[name] for name in ("specversion", "source", "subject")},
        **data,
        "data": data.get("data", {}),
    }
    event = _of_document(instead, received_ms, own_names)
    if not isinstance(event, Event):
        raise AssertionError(f"{data['type']} is an event")  # noqa: TRY004 - it was looked at above
    return kind, (0, target, "", fact_text(event.fact))


def _check_schedule(data: dict[str, Any]) -> None:
    """Require every interval to end after it begins, and every shift to lie within the published interval."""
    low_ms, high_ms = _interval(data, "data")
    for number, shift in enumerate(data["shifts"]):
        where = f"data.shifts.{number}"
        from_ms, to_ms = _interval(shift, where)
        if not low_ms <= from_ms < to_ms <= high_ms:
            raise BadRecord(RejectReason.SCHEMA, f"{where}: lies outside the published interval")


def _interval(data: dict[str, Any], where: str) -> tuple[int, int]:
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
    """A part of the path of a fault; an invalid channel name may contain anything, so it is hidden."""
    return "?" if before == _BY_CHANNEL and part not in CHANNELS else str(part)


def _unknown(invalid: ValidationError) -> Unknown:
    """The unknown type of a record, if nothing else is wrong. Raises `BadRecord` otherwise.

    The message leaves out the value, because a record may contain what must not be logged.
    """
    first = invalid.errors(include_url=False, include_input=False)[0]
    if first["type"] == "union_tag_invalid" and not first["loc"]:
        return Unknown(str(first["ctx"]["tag"]))
    where = ".".join(filter(None, map(_shown, first["loc"], first["loc"][1:])))
    text = first["msg"]
    if first["type"] == "union_tag_invalid":  # its message contains the value
        text = f"{first['ctx']['discriminator']} is none of {first['ctx']['expected_tags']}"
    if first["type"] == "string_pattern_mismatch":  # its message contains invisible characters
        text = "only printable characters, and no blank but the plain one"
    raise BadRecord(RejectReason.SCHEMA, f"{where}: {text}" if where else text)
