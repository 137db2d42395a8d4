"""What the published schema accepts, as a validator that is not ours reads it; and what it cannot say."""

import json
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from pydantic_core import from_json

from stream.adapters.base import Unknown
from stream.adapters.canonical import CanonicalDecoder
from stream.errors import BadRecord
from tools.docs.events import events_schema

#: What no schema can say, as docs/events.schema.json lists it: by the reason of the refusal, or its words.
UNSAYABLE = re.compile(
    r"personal: |clock: |too_large: |json: a name comes twice|json: nested deeper"
    r"|schema: data\.accepted: must not come after time|schema: data\S*\.to: must come after "
    r"|schema: data\.shifts\.\d+: lies outside the "
)
#: Of numbers that Pantau does not reckon out, the other parser says that they are none.
_NOT_READ_BY_IT = "number out of range"


#: What a correction says of the other event.
_INSTEAD = {"id", "type", "time", "sequence", "data"}


def _pattern(_: Validator, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """As ECMA-262 has it, whose `$` is the very end."""
    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + r"\Z", instance):
        yield ValidationError("does not match")


_ROOT = events_schema()
_Validator = extend(Draft202012Validator, {"pattern": _pattern})
_BY_TYPE = {
    type_: _Validator({**schema, "$defs": _ROOT["$defs"]}, format_checker=FormatChecker())
    for ref in _ROOT["oneOf"]
    for schema in [_ROOT["$defs"][ref["$ref"].rpartition("/")[2]]]
    for said in [schema["properties"]["type"]]
    for type_ in said.get("enum", [said.get("const")])
}
_OF_EVENTS = _BY_TYPE.keys() - {"event.corrected", "event.retracted", "pantau.heartbeat"}


def accepts(value: bytes) -> bool:
    """Whether `value` is JSON that the published schema accepts."""
    try:
        document = from_json(value, allow_inf_nan=False)
    except ValueError:
        return False
    return _is_valid(document)


def _is_valid(document: Any) -> bool:
    type_ = document.get("type") if isinstance(document, dict) else None
    if not isinstance(type_, str) or type_ not in _BY_TYPE or not _BY_TYPE[type_].is_valid(document):
        return False
    if type_ == "event.corrected":  # what it says instead is an event itself
        of_it = {name: document[name] for name in ("specversion", "source", "subject")}
        said = {name: value for name, value in document["data"].items() if name in _INSTEAD}
        instead = {**of_it, "data": {}, **said}
        return instead["type"] in _OF_EVENTS and _is_valid(instead)
    return type_ != "event.retracted" or document["data"]["type"] in _OF_EVENTS


def differs(value: bytes, decoder: CanonicalDecoder) -> str:
    """How decoder and published schema disagree about a record, "" where they do not."""
    refusal = _refusal(value, decoder)
    if (refusal == "") == accepts(value):
        return ""
    if refusal:
        return "" if UNSAYABLE.match(refusal) else f"refused, and the schema accepts it: {refusal}"
    return "" if _is_beyond(value) else "accepted, and the schema does not"


def _refusal(value: bytes, decoder: CanonicalDecoder) -> str:
    try:
        found = decoder.decode(value)
    except BadRecord as bad:
        return f"{bad.reason}: {bad.detail}"
    return "unknown type" if isinstance(found, Unknown) else ""


def _is_beyond(value: bytes) -> bool:
    """Whether a field that nobody reads holds a number that the other parser does not read."""
    try:
        from_json(value)
    except ValueError as wrong:
        return _NOT_READ_BY_IT in str(wrong)
    return False


def shown(value: bytes) -> str:
    """A record for the eye."""
    return json.dumps(value.decode("latin-1"))
