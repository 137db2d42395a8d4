"""The AsyncAPI document: topics as channels, event types as messages, the subject as Kafka key."""

from typing import Any

import yaml
from pydantic import TypeAdapter

from stream import __version__
from stream.adapters.schema import CANONICAL, TOPIC_TYPES, types_of
from stream.broker.topics import DEAD_LETTERS
from stream.settings import Settings
from tools.docs.dead_letter import EXAMPLE, DeadLetterDocument
from tools.docs.events import SUMMARY
from tools.docs.markdown import GENERATED
from tools.docs.samples import SAMPLES

_SCHEMAS = "#/components/schemas/"
_CLOUD_EVENT = "application/cloudevents+json"
_BINDING = "0.5.0"
_SUBJECTS = {
    "contacts": "The contact's id",
    "agents": "The agent's id",
    "event": "The id of the contact or agent",
    "pantau": "The partition, as topic:number",
}


def asyncapi() -> str:
    """Render the document as YAML."""
    text = yaml.safe_dump(_document(), sort_keys=False, allow_unicode=True, width=110)
    return f"# {GENERATED.removeprefix('<!-- ').removesuffix(' -->')}\n{text}"


def _document() -> dict[str, Any]:
    channels = {_channel(topic): (topic, types_of(topic)) for topic in TOPIC_TYPES}
    messages = {
        name: _message(name, of.__name__, _SUBJECTS.get(name.partition(".")[0], _SUBJECTS[channel]))
        for channel, (_, types) in channels.items()
        for name, of in types.items()
    }
    letters = _channel(DEAD_LETTERS)
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": _CLOUD_EVENT,
        "servers": {
            "default": {"host": _address(), "protocol": "kafka", "description": "PANTAU_KAFKA names it."}
        },
        "channels": {
            **{channel: _events(topic, types) for channel, (topic, types) in channels.items()},
            letters: _topic(DEAD_LETTERS, "Records that could not be read.", ["dead-letter"]),
        },
        "operations": {
            **{f"fold-{channel}": _operation("receive", channel) for channel in channels},
            "report-refused": _operation("send", letters),
        },
        "components": {"messages": {**messages, "dead-letter": _dead_letter()}, "schemas": _schemas()},
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Pantau",
        "version": __version__,
        "description": (
            f"{SUMMARY} Each record is keyed by the subject of its event, so that all events of a contact or "
            "an agent share a partition: where there are several, an event without a key is refused. A "
            "heartbeat is put into the partition that its subject names. A `content-type` that begins with "
            "application/cloudevents says structured mode, whatever other headers there are; else "
            "`ce_specversion` says binary mode, with the attributes in `ce_` headers; else a record is read "
            "as structured. Names of headers are case-sensitive. The topics pantau.tickets and "
            "pantau.feedback are reserved."
        ),
        "license": {"name": "Apache-2.0"},
    }


def _events(topic: str, types: dict[str, type]) -> dict[str, Any]:
    return _topic(topic, f"Events of {_channel(topic)}, in any order and any number of times.", types)


def _topic(topic: str, description: str, messages: Any) -> dict[str, Any]:
    return {
        "address": topic,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": _BINDING}},
    }


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _message(name: str, schema: str, key: str) -> dict[str, Any]:
    sample = next(sample for sample in SAMPLES if sample.type == name)
    return {
        "name": name,
        "summary": sample.says,
        "contentType": _CLOUD_EVENT,
        "payload": {"allOf": [{"$ref": f"{_SCHEMAS}{schema}"}, {"properties": {"type": {"const": name}}}]},
        "bindings": _key(f"{key}: the event's subject."),
        "examples": [{"payload": sample.document}],
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "dead-letter",
        "summary": "A record was refused.",
        "contentType": "application/json",
        "payload": {"$ref": f"{_SCHEMAS}DeadLetter"},
        "bindings": _key("topic:partition:offset of the refused record."),
        "examples": [{"payload": EXAMPLE.model_dump(mode="json")}],
    }


def _key(description: str) -> dict[str, Any]:
    return {"kafka": {"key": {"type": "string", "description": description}, "bindingVersion": _BINDING}}


def _schemas() -> dict[str, Any]:
    template = f"{_SCHEMAS}{{model}}"
    letter: TypeAdapter[Any] = TypeAdapter(DeadLetterDocument)
    found = letter.json_schema(ref_template=template)
    reasons = found.pop("$defs")
    return {**CANONICAL.json_schema(ref_template=template)["$defs"], **reasons, "DeadLetter": found}


def _channel(topic: str) -> str:
    return topic.removeprefix("pantau.")


def _address() -> str:
    return str(Settings.model_fields["kafka"].default)
