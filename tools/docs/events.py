"""The JSON Schema of canonical events, from the types that validate them."""

from typing import Any

from stream.adapters.schema import CANONICAL

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Pantau canonical event"
SUMMARY = (
    "A CloudEvents 1.0 event in JSON, structured mode. Unknown fields are ignored, and events of an unknown "
    "type are passed over and counted."
)
#: All for which a record that the schema accepts is refused none the less; tests hold decoders to this list.
UNSAID = (
    "Beyond what a schema can say: a record has at most 65,536 bytes and 200 levels, and no name twice in "
    "one object; instants lie between 1990 and 2100, `time` and `since` not well ahead of their receipt, and "
    "`accepted` not after `time`; stretches of a schedule end after they begin, and shifts lie within it; "
    "what event.corrected says instead is an event itself; ids, subjects, sources, sequences, agents, "
    "reasons, and names of queues and teams that the settings do not name, have no shape of a number or an "
    "address of a person."
)


def events_schema() -> dict[str, Any]:
    """Give one schema for the value of a record on any of the event topics."""
    found = CANONICAL.json_schema()
    del found["discriminator"]  # a word of OpenAPI; `type` tells the alternatives apart without it
    head = {
        "$schema": DIALECT,
        "$id": "urn:pantau:event:1",
        "title": TITLE,
        "description": f"{SUMMARY} {UNSAID}",
    }
    return {**head, **found}
