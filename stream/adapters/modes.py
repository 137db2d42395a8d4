"""The two modes of CloudEvents in Kafka: structured, and binary with attributes in `ce_` headers.

A `content-type` that begins with `application/cloudevents` says structured, whatever other headers there are.
Else `ce_specversion`, without which there is no binary mode, says binary; else it is structured as well.
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
    """A record in structured mode; one in binary mode is put into that form.

    Raises `BadRecord` for one in binary mode that cannot be.
    """
    if not _is_binary(headers) or len(value or b"") > MAX_RECORD_BYTES:
        return value
    attributes = to_json(_attributes(headers))
    if not value:
        return attributes
    try:
        read(value)  # alone it must be JSON: no attribute is told in it
    except BadRecord as bad:
        raise BadRecord(bad.reason, f"data: {bad.detail}") from None
    return b'%b,"data":%b}' % (attributes[:-1], value)


def _is_binary(headers: Headers) -> bool:
    for name, text in headers:
        if name == "content-type" and text and text.lower().startswith(_CLOUD_EVENTS):
            return False
    return any(name == "ce_specversion" and text is not None for name, text in headers)


def _attributes(headers: Headers) -> dict[str, str]:
    """The attributes that we read; a header without a value tells none."""
    found: dict[str, str] = {}
    for header, text in headers:
        name = _NAMES.get(header)
        if name is None or text is None:
            continue
        if name in found:
            raise BadRecord(RejectReason.SCHEMA, f"{name}: told by two headers")
        try:
            found[name] = text.decode()
        except UnicodeDecodeError:
            raise BadRecord(RejectReason.SCHEMA, f"{name}: a header that is not UTF-8") from None
    return found
