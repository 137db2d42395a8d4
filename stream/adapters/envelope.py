"""The envelope of an event: written, and read fast. The reading may only say yes.

The published schema and its validator (`schema`) are the authority on what an event is. Most records say
in `data` what was said before, for teams, queues and agents are few: `data` that the authority has
accepted for a type is known by its bytes. What is left to read is the envelope, which this does in a
fifth of the time. Whatever it does not accept at once goes to the authority, which accepts or refuses it.
"""

import json
from typing import Annotated, Any, Literal

import msgspec

from stream.domain.instant import instant_text

_Attribute = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Envelope(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The attributes of CloudEvents that we read, with `data` as it was written."""

    specversion: Literal["1.0"]
    id: _Attribute
    source: _Attribute
    type: str
    time: Annotated[str, msgspec.Meta(max_length=40)]
    subject: _Attribute
    sequence: Annotated[str, msgspec.Meta(max_length=128)] = ""
    sequencetype: str = ""  # this and what follows is allowed and says nothing to us
    datacontenttype: str = ""
    dataschema: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


#: The attributes that are read; all but `sequence` are required.
ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "sequence")


#: The least that a record takes beside what its attributes say, in bytes; and with `data` and `sequence`.
LEAST = len('{"specversion":"1.0","id":"","source":"","type":"","time":"","subject":""}')
LEAST_DATA, LEAST_SEQUENCE = len(',"data":'), len(',"sequence":""')
_QUOTES, _QUOTES_EACH = 24, 4
#: What reading raises of that which it does not accept.
NOT_READ = (ValueError, msgspec.MsgspecError, RecursionError)
#: Reads a record's bytes; raises one of `NOT_READ`.
read_envelope = msgspec.json.Decoder(Envelope).decode


def tells_once(value: bytes, read: Envelope, data: bytes) -> bool:
    """Whether a record that was read has no name twice; False also where a quotation mark is escaped."""
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
    """A record in structured mode, without `data` and `sequence` where there is none."""
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
