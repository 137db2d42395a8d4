"""The two modes of CloudEvents in Kafka: structured, and binary with attributes in `ce_` headers.

A `content-type` that begins with `application/cloudevents` means structured mode, whatever other headers
there are. Otherwise `ce_specversion`, which binary mode requires, means binary mode. Anything else is
structured.
"""

from collections.abc import Sequence

from pydantic_core import to_json

from stream.adapters.base import MAX_RECORD_BYTES
from stream.adapters.document import read
from stream.adapters.envelope import ATTRIBUTES
from stream.errors import BadRecord, RejectReason

Headers = Sequence[tuple[str, bytes | None]]
_CLOUD_EVENTS = b"application/cloudevents"
_NAMES = {f"ce_{name}": name for name in ATTRIBUTES}


def structured(headers: Headers, value: bytes | None) -> bytes | None:
    """A record in structured mode; a record in binary mode is converted.

    Raises `BadRecord` if it cannot be converted.
    """
    if not _is_binary(headers) or len(value or b"") > MAX_RECORD_BYTES:
        return value
    attributes = to_json(_attributes(headers))
    if not value:
        return attributes
    try:
        read(value)  # it must be JSON by itself, so that it cannot add attributes
    except BadRecord as bad:
        raise BadRecord(bad.reason, f"data: {bad.detail}") from None
    return b'%b,"data":%b}' % (attributes[:-1], value)


def _is_binary(headers: Headers) -> bool:
    for name, text in headers:
        if name == "content-type" and text and text.lower().startswith(_CLOUD_EVENTS):
            return False
    return any(name == "ce_specversion" and text is not None for name, text in headers)


def _attributes(headers: Headers) -> dict[str, str]:
    """The attributes that Pantau reads; headers without a value are ignored."""
    found: dict[str, str] = {}
    for header, text in headers:
        name = _NAMES.get(header)
        if name is None or text is None:
            continue
        if name in found:
            raise BadRecord(RejectReason.SCHEMA, f"{name}: two headers")
        try:
            found[name] = text.decode()
        except UnicodeDecodeError:
            raise BadRecord(RejectReason.SCHEMA, f"{name}: the header is not UTF-8") from None
    return found
