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
    data: msgspec.Raw = msgspec.Raw(b"")


#: What reading raises of that which it does not accept.
NOT_READ = (ValueError, msgspec.MsgspecError, RecursionError)
#: Reads a record's bytes; raises one of `NOT_READ`.
read_envelope = msgspec.json.Decoder(Envelope).decode


def envelope_bytes(  # noqa: PLR0913 - as many as CloudEvents asks for
    *, identity: str, source: str, type_: str, at_ms: int, subject: str, data: dict[str, Any] | None = None
) -> bytes:
    """A record in structured mode, without `data` where there is none."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": type_,
        "time": instant_text(at_ms),
        "subject": subject,
    }
    if data is not None:
        document["data"] = data
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
