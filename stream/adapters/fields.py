"""The fields of canonical events and their bounds, from which the schema is made."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from stream.adapters.pseudonym import PSEUDONYM
from stream.domain.definition import Channel
from stream.domain.instant import RFC_3339

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
#: Identifiers appear in Redis keys, labels and logs: bounded, printable, no control characters.
Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
#: The same, for the three that every event has: their characters are checked together by the decoder.
Attribute = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    Field(json_schema_extra={"pattern": _PRINTABLE}),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
#: Only its length is checked here: the decoder reads it, and refuses what is no RFC 3339 time.
Time = Annotated[
    str,
    StringConstraints(max_length=40),
    Field(
        json_schema_extra={"format": "date-time", "pattern": RFC_3339},
        description="When it happened, RFC 3339 with a zone.",
    ),
]
#: Its form is checked by the decoder, which calls anything else personal.
Customer = Annotated[
    str,
    Field(
        json_schema_extra={"pattern": f"^{PSEUDONYM}$"},
        description="The pseudonym of the customer: the name of a key, and a keyed digest. Nothing else "
        "is accepted.",
    ),
]
LeftReason = Literal["overflow", "timeout", "transfer", "voicemail", "callback", "closed", "error"]
AgentState = Literal[
    "available", "ringing", "talking", "hold", "wrapup", "busy_other", "not_ready", "logged_out"
]
BlockedReason = Literal["full", "closed", "no_agents", "error"]
AttemptResult = Literal["connected", "no_answer", "busy", "failed"]
Slots = Annotated[int, Field(ge=0, le=100)]
Capacity = Annotated[
    Annotated[Slots, Tag("")]
    | Annotated[Annotated[dict[Channel, Slots], Field(min_length=1)], Tag("by_channel")],
    Discriminator(lambda told: "by_channel" if isinstance(told, dict) else ""),
    Field(
        description="The most contacts at once, or the most in each channel if there were no others: one "
        "call or three chats. Without it, 1."
    ),
]
VisitNumber = Annotated[int, Field(ge=1, le=999)]
