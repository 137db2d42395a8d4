"""The JSON Schema of canonical events, from the types that validate them."""

from typing import Any

from stream.adapters.schema import CANONICAL

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Pantau canonical event"
SUMMARY = (
    "A CloudEvents 1.0 event in JSON, structured mode. Unknown fields are ignored, and events of an unknown "
    "type are passed over and counted."
)


def events_schema() -> dict[str, Any]:
    """Give one schema for the value of a record on any of the event topics."""
    found = CANONICAL.json_schema()
    del found["discriminator"]  # a word of OpenAPI; `type` tells the alternatives apart without it
    head = {"$schema": DIALECT, "$id": "urn:pantau:event:1", "title": TITLE, "description": SUMMARY}
    return {**head, **found}
