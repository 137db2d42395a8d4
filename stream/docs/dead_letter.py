"""The letters on `pantau.dead-letters`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stream.errors import RejectReason


class DeadLetterDocument(BaseModel):
    """A record that was refused: where it lies, and why. Never what it held."""

    model_config = ConfigDict(extra="forbid", title="DeadLetter")

    topic: Annotated[str, Field(description="The topic of the refused record.")]
    partition: Annotated[int, Field(ge=0, description="Its partition.")]
    offset: Annotated[int, Field(ge=0, description="Its offset.")]
    reason: Annotated[RejectReason, Field(description="Why it was refused, to count by.")]
    detail: Annotated[str, Field(description="Why it was refused, for people.")]
    size_bytes: Annotated[int, Field(ge=0, description="The size of its value.")]


EXAMPLE = DeadLetterDocument(
    topic="pantau.contacts",
    partition=3,
    offset=90_210,
    reason=RejectReason.SCHEMA,
    detail="visit.queued.data.queue: Field required",
    size_bytes=187,
)
