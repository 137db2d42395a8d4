"""The fields of canonical events with their bounds; the schema is built from them."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from stream.adapters.pseudonym import PSEUDONYM
from stream.adapters.text import IDENTIFIER, NAME
from stream.domain.definition import Channel
from stream.domain.instant import RFC_3339

#: Identifiers appear in Redis keys, labels and logs, so they are bounded and have visible characters only.
Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=IDENTIFIER)]
#: Names of queues, teams and reasons.
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NAME)]
Sequence = Annotated[
    Id,
    Field(
        description="The place of the event among those of its source: of two at the same instant the lesser "
        "comes first. Digits are compared as a whole number, anything else as text."
    ),
]
#: Only the length is checked here; the decoder refuses what is no RFC 3339 time. There is no `format`,
#: because validators differ on `date-time`; the pattern is complete.
Time = Annotated[
    str,
    StringConstraints(max_length=40),
    Field(
        json_schema_extra={"pattern": RFC_3339},
        description="When it happened, RFC 3339 with a zone.",
    ),
]
#: The decoder checks the form and refuses anything else as personal.
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
Relation = Literal["consult", "callback", "transfer", "merged"]
AttemptResult = Literal["connected", "no_answer", "busy", "failed"]
Slots = Annotated[int, Field(ge=0, le=100)]
Capacity = Annotated[
    Annotated[Slots, Tag("")]
    | Annotated[Annotated[dict[Channel, Slots], Field(min_length=1)], Tag("by_channel")],
    Discriminator(lambda capacity: "by_channel" if isinstance(capacity, dict) else ""),
    Field(
        description="The most contacts at once, or the most in each channel if there were no others: one "
        "call or three chats. Without it, 1."
    ),
]
VisitNumber = Annotated[int, Field(ge=1, le=999)]
