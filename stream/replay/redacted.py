"""Describes a refused record without its content."""

import hashlib
from typing import Any, NamedTuple

from pydantic_core import from_json

from stream.adapters.modes import structured
from stream.errors import BadRecord
from stream.worker.record import Record

#: CloudEvents attributes about the event; the subject and the data may be about a person.
_ATTRIBUTES = ("specversion", "id", "source", "type", "time")
_LONGEST = 128
_MOST_BYTES = 1 << 20


class Redacted(NamedTuple):
    """The size of a record, hashes of its key and subject, and its readable attributes."""

    size_bytes: int
    key_hash: str | None
    subject_hash: str | None
    attributes: dict[str, str]


def redacted(record: Record) -> Redacted:
    """Describe a record."""
    document = _document(record)
    subject = document.get("subject")
    return Redacted(
        len(record.value or b""),
        _hash(record.key),
        _hash(subject.encode(errors="replace")) if isinstance(subject, str) else None,
        {name: _attribute(document[name]) for name in _ATTRIBUTES if name in document},
    )


def _document(record: Record) -> dict[str, Any]:
    try:
        value = structured(record.headers, record.value) or b""
        found = from_json(value) if len(value) <= _MOST_BYTES else None
    except (ValueError, BadRecord):
        found = None
    return found if isinstance(found, dict) else {}


def _attribute(value: Any) -> str:
    """An attribute, or its type if it is not a plain text."""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        return f"(not a name: {type(value).__name__})"
    return value


def _hash(key: bytes | None) -> str | None:
    """A hash to recognise equal keys in a search. It is no protection: short keys can be guessed."""
    return None if key is None else hashlib.blake2b(key, digest_size=8).hexdigest()
