"""The letters on `pantau.dead-letters`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stream import __version__
from stream.errors import RejectReason


class DeadLetterDocument(BaseModel):
    """A record that was refused: where it lies, and why. Never what it held."""

    model_config = ConfigDict(extra="forbid", title="DeadLetter")

    topic: Annotated[str, Field(description="The topic of the refused record.")]
    partition: Annotated[int, Field(ge=0, description="Its partition.")]
    offset: Annotated[int, Field(ge=0, description="Its offset.")]
    reason: Annotated[RejectReason, Field(description="Why it was refused, to count by.")]
    detail: Annotated[str, Field(max_length=300, description="Why it was refused, for people.")]
    size_bytes: Annotated[int, Field(ge=0, description="The size of its value.")]
    first_seen: Annotated[
        str,
        Field(
            description="When it was refused, RFC 3339. Of two letters about one record the earlier tells.",
            json_schema_extra={"format": "date-time"},
        ),
    ]
    schema_version: Annotated[
        str,
        Field(description="The version of Pantau whose schema refused it: a later one may accept it."),
    ]


EXAMPLE = DeadLetterDocument(
    topic="pantau.contacts",
    partition=3,
    offset=90_210,
    reason=RejectReason.SCHEMA,
    detail="visit.queued.data.queue: Field required",
    size_bytes=187,
    first_seen="2026-11-21T10:00:00.000Z",
    schema_version=__version__,
)
