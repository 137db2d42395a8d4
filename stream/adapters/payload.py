"""Converts an event's `data` to the slots of a fact, and back. Most follows from the rows of `Kind`."""

from collections.abc import Callable, Mapping
from typing import Any

from stream.adapters.sequence import sequence_of
from stream.domain.agent.state import details_of, details_text
from stream.domain.fact import Fact, fact_of
from stream.domain.instant import instant_ms, instant_text
from stream.domain.kinds import ABOUT_ANOTHER, ROWS, Form, Kind, Row, Slot

_ABSENT: tuple[Any, ...] = (None, "", [])
#: The slots of a fact in the order of storage.
Said = tuple[int, *tuple[str, ...]]
_Data = Mapping[str, Any]


def slots_of(type_: str, data: _Data) -> tuple[Row, Said]:
    """The kind and the slots of the fact in the valid `data` of an event of `type_`."""
    kind = _BY_TYPE[type_] if type_ in _BY_TYPE else _HELD_AS[data["state"]]
    whole = {**data, **_READ[kind](data)} if kind in _READ else data
    number, *texts = (_held(slot, whole) for slot in kind.slots)
    return kind, (number or 0, *texts)


def data_of(fact: Fact) -> dict[str, Any]:
    """The `data` of a fact."""
    kind = ROWS[fact.kind]
    number, *texts = kind.slots
    slots = (slot for slot in (*texts, number) if slot)
    found = {slot.field or slot.name: _written(slot, getattr(fact, slot.name)) for slot in slots}
    whole = {**found, **_WRITTEN[kind](fact)} if kind in _WRITTEN else found
    return {name: value for name, value in whole.items() if value not in _ABSENT or name == "shifts"}


def _held(slot: Slot | None, data: _Data) -> Any:
    """The stored value of a slot."""
    if slot is None:
        return ""
    field = slot.field or slot.name
    if slot.form is Form.INSTANT:
        return str(instant_ms(data[field])) if field in data else ""
    return data.get(field, slot.otherwise)


def _written(slot: Slot, held: Any) -> Any:
    """The value of a slot in `data`; coded slots are written by their kind."""
    if slot.form is Form.OTHER:
        return None
    if slot.form is Form.INSTANT:
        return instant_text(int(held)) if held else None
    return held or None


def _state_read(data: _Data) -> dict[str, Any]:
    capacity = data.get("capacity", 1)
    slots = capacity if isinstance(capacity, dict) else {}
    most = max(slots.values()) if slots else capacity
    return {"capacity": most, "details": details_text(data.get("reason", ""), data.get("queues", ()), slots)}


def _schedule_read(data: _Data) -> dict[str, Any]:
    shifts = [f"{instant_ms(s['from'])} {instant_ms(s['to'])} {s['activity']}" for s in data["shifts"]]
    return {"shifts": "\t".join([data.get("team", ""), *shifts])}


def _state_written(fact: Fact) -> dict[str, Any]:
    reason, queues, slots = details_of(fact.details)
    return {"reason": reason, "queues": [*queues], "capacity": dict(slots) or fact.capacity}


def _schedule_written(fact: Fact) -> dict[str, Any]:
    team, *shifts = fact.shifts.split("\t")
    return {"team": team, "shifts": [_shift(*shift.split(" ")) for shift in shifts]}


def _shift(from_ms: str, to_ms: str, activity: str) -> dict[str, Any]:
    return {"from": instant_text(int(from_ms)), "to": instant_text(int(to_ms)), "activity": activity}


def _corrected_written(fact: Fact) -> dict[str, Any]:
    instead = fact_of("", fact.instead)
    type_, time = ROWS[instead.kind].type, instant_text(instead.at_ms)
    of_source = {"sequence": sequence_of(instead.sequence)}
    return {"id": _identity(fact.other), "type": type_, "time": time, **of_source, "data": data_of(instead)}


def _retracted_written(fact: Fact) -> dict[str, Any]:
    entity = ROWS[fact.kind].entity
    any_of_it = next(row for row in ROWS.values() if row.entity == entity and row not in ABOUT_ANOTHER)
    return {"id": _identity(fact.other), "type": any_of_it.type}


def _identity(uid: str) -> str:
    return uid.partition("\t")[2]


_BY_TYPE = {kind.type: kind for kind in Kind if kind not in ABOUT_ANOTHER}
_BY_TYPE["agent.snapshot"] = Kind.AGENT_STATE
#: Kinds by the state of a contact in a snapshot.
_HELD_AS = {"waiting": Kind.VISIT_QUEUED, "talking": Kind.VISIT_ANSWERED, "ended": Kind.CONTACT_ENDED}
#: Coded slots: how to read them from `data`, and how to write them back.
_READ: dict[Kind, Callable[[_Data], dict[str, Any]]] = {
    Kind.AGENT_STATE: _state_read,
    Kind.SCHEDULE_PUBLISHED: _schedule_read,
}
_WRITTEN: dict[Row, Callable[[Fact], dict[str, Any]]] = {
    Kind.AGENT_STATE: _state_written,
    Kind.SCHEDULE_PUBLISHED: _schedule_written,
    Kind.CONTACT_CORRECTED: _corrected_written,
    Kind.CONTACT_RETRACTED: _retracted_written,
    Kind.AGENT_CORRECTED: _corrected_written,
    Kind.AGENT_RETRACTED: _retracted_written,
}
