"""The envelope of an event: written, and read by a fast path that may only accept.

The published schema and its validator (`schema`) decide what an event is. Most records repeat earlier `data`,
because teams, queues and agents are few. `data` that the validator accepted for a type is recognised by its
bytes, so only the envelope remains to be read, in a fifth of the time. Anything not accepted here goes to the
validator.
"""

import json
from typing import Annotated, Any, Literal

import msgspec

from stream.domain.instant import instant_text

_Attribute = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Envelope(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The CloudEvents attributes that Pantau reads, with `data` as bytes."""

    specversion: Literal["1.0"]
    id: _Attribute
    source: _Attribute
    type: str
    time: Annotated[str, msgspec.Meta(max_length=40)]
    subject: _Attribute
    sequence: Annotated[str, msgspec.Meta(max_length=128)] = ""
    sequencetype: str = ""  # this and the following are allowed and ignored
    datacontenttype: str = ""
    dataschema: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


#: The attributes that are read; all except `sequence` are required.
ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "sequence")


#: The bytes of a record besides its values; and the additional bytes for `data` and for `sequence`.
LEAST = len('{"specversion":"1.0","id":"","source":"","type":"","time":"","subject":""}')
LEAST_DATA, LEAST_SEQUENCE = len(',"data":'), len(',"sequence":""')
_QUOTES, _QUOTES_EACH = 24, 4
#: The exceptions of `read_envelope` for anything it does not accept.
NOT_READ = (ValueError, msgspec.MsgspecError, RecursionError)
#: Reads a record's bytes; raises one of `NOT_READ`.
read_envelope = msgspec.json.Decoder(Envelope).decode


def tells_once(value: bytes, read: Envelope, data: bytes) -> bool:
    """Whether a parsed record has no repeated name; also False if it has an escaped quotation mark."""
    more = (read.sequence, read.sequencetype, read.datacontenttype, read.dataschema)
    quotes = _QUOTES + _QUOTES_EACH * (len(more) - more.count(""))
    return value.count(b'"') == (quotes + 2 + data.count(b'"') if data else quotes)


def envelope_bytes(  # noqa: PLR0913 - as many as CloudEvents asks for
    *,
    identity: str,
    source: str,
    type_: str,
    at_ms: int,
    subject: str,
    sequence: str = "",
    data: dict[str, Any] | None = None,
) -> bytes:
    """A record in structured mode; `data` and `sequence` are left out if absent."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": type_,
        "time": instant_text(at_ms),
        "subject": subject,
    }
    if sequence:
        document["sequence"] = sequence
    if data is not None:
        document["data"] = data
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
