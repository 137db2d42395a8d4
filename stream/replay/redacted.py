"""What may be told of a refused record without telling what it holds."""

import hashlib
from typing import Any, NamedTuple

from pydantic_core import from_json

from stream.adapters.modes import structured
from stream.errors import BadRecord
from stream.worker.record import Record

#: Attributes of CloudEvents that speak of the event and not of a person; the subject and the data do.
_ATTRIBUTES = ("specversion", "id", "source", "type", "time")
_LONGEST = 128
_MOST_BYTES = 1 << 20


class Redacted(NamedTuple):
    """A record's size, what stands for its key and subject, and its attributes where they can be read."""

    size_bytes: int
    key_hash: str | None
    subject_hash: str | None
    attributes: dict[str, str]


def redacted(record: Record) -> Redacted:
    """The shape of a record, whatever it holds."""
    document = _document(record)
    subject = document.get("subject")
    return Redacted(
        len(record.value or b""),
        _hash(record.key),
        _hash(subject.encode(errors="replace")) if isinstance(subject, str) else None,
        {name: _told(document[name]) for name in _ATTRIBUTES if name in document},
    )


def _document(record: Record) -> dict[str, Any]:
    try:
        value = structured(record.headers, record.value) or b""
        found = from_json(value) if len(value) <= _MOST_BYTES else None
    except (ValueError, BadRecord):
        found = None
    return found if isinstance(found, dict) else {}


def _told(value: Any) -> str:
    """An attribute in short; one that is not as it should be is not repeated."""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        return f"(not a name: {type(value).__name__})"
    return value


def _hash(key: bytes | None) -> str | None:
    """Tells alike from other within a search; not a protection, for short keys can be guessed."""
    return None if key is None else hashlib.blake2b(key, digest_size=8).hexdigest()
