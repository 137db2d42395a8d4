"""Events of every version ever published are read as the same facts for ever; the schema only grows."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from schema_drift import drift
from support.factories import Record

from stream.adapters.base import Heartbeat, Unknown
from stream.adapters.canonical import CanonicalDecoder
from stream.adapters.modes import structured
from stream.adapters.schema import TOPIC_TYPES, types_of
from stream.adapters.text import IDENTIFIER, NAME
from stream.domain.instant import RFC_3339
from stream.store.partition import Partition
from stream.worker.decoding import decode_batch
from tools.docs.events import events_schema

pytestmark = pytest.mark.pure

GOLDEN = Path(__file__).parent / "golden" / "events"
VERSIONS = sorted(path.name for path in GOLDEN.iterdir())
PUBLISHED = json.loads((GOLDEN / VERSIONS[-1] / "schema.json").read_text())
#: What to do when the schema and the published one no longer agree.
ADVICE = (
    "events of the published schema would be refused or read otherwise: add an optional field or a new type "
    "instead (ADR 0020); {}"
)


_PRINTABLE = "^[^\\x00-\\x1f\\x7f]+$"
MENDED_VERSIONS = ("v1", "v2", "v3", "v4")
#: Their patterns said less than decoders asked for; what replaced them once and for all (ADR 0026).
MENDED = {
    IDENTIFIER: _PRINTABLE,
    NAME: _PRINTABLE,
    RFC_3339: r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$",
}


def facts_of(value: bytes, decoder: CanonicalDecoder) -> Any:
    match found := decoder.decode(value):
        case Unknown():
            return "UnknownType"
        case Heartbeat():
            return {"heartbeat": [found.source, found.subject, found.at_ms]}
    return [[event.subject, list(event.fact)] for event in found]


def corpus(version: str) -> list[tuple[str, bytes]]:
    """Every record of a version, in structured mode then in binary mode."""
    folder = GOLDEN / version
    whole = (folder / "structured.jsonl").read_text().splitlines()
    return [(line, line.encode()) for line in whole]


def in_binary_mode(version: str) -> list[bytes]:
    found = []
    for line in (GOLDEN / version / "binary.jsonl").read_text().splitlines():
        record = json.loads(line)
        headers = [(name, text.encode()) for name, text in record["headers"].items()]
        value = None if record["value"] is None else record["value"].encode()
        found.append(structured(headers, value) or b"")
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_events_of_every_version_are_read_as_the_same_facts(version: str) -> None:
    wanted = json.loads((GOLDEN / version / "facts.json").read_text())
    used = CanonicalDecoder()
    for values in ([value for _, value in corpus(version)], in_binary_mode(version)):
        assert len(values) == len(wanted)
        for value, facts in zip(values, wanted, strict=True):
            assert facts_of(value, CanonicalDecoder()) == facts, value
            assert facts_of(value, used) == facts_of(value, used) == facts, value


def test_the_newest_corpus_has_every_type_and_every_field() -> None:
    told = [json.loads(line) for line, _ in corpus(VERSIONS[-1])]
    types = {name for topic in TOPIC_TYPES for name in types_of(topic)}
    assert types <= {event["type"] for event in told}
    fields = {(event["type"], name) for event in told for name in event.get("data", {})}
    wanted = {(type_, name) for type_, data in _data_of_types().items() for name in data}
    assert wanted <= fields, f"add events with {sorted(wanted - fields)} to a corpus of the next version"


def _data_of_types() -> dict[str, set[str]]:
    schema = events_schema()
    defs, found = schema["$defs"], {}
    for ref in schema["oneOf"]:
        event = defs[ref["$ref"].rpartition("/")[2]]["properties"]
        data = event.get("data", {"oneOf": []})
        parts = data.get("oneOf", data.get("anyOf", [data]))
        names = {name for part in parts for name in defs[part["$ref"].rpartition("/")[2]]["properties"]}
        for type_ in event["type"].get("enum", [event["type"].get("const")]):
            found[type_] = names
    return found


def test_unknown_types_and_fields_are_passed_over_and_counted() -> None:
    values = [value for _, value in corpus(VERSIONS[-1])]
    records = [Record(n, None, value) for n, value in enumerate(values)]
    decoded = decode_batch(
        CanonicalDecoder(), Partition("pantau.contacts", 0), records, now_ms=1_900_000_000_000
    )
    assert (decoded.unknown, decoded.dead_letters, len(decoded.beats)) == (1, [], 2)
    assert len(decoded.events()) == len(values) - 3


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schema_only_grows(version: str) -> None:
    published = json.loads((GOLDEN / version / "schema.json").read_text())
    found = drift(published, events_schema(), MENDED if version in MENDED_VERSIONS else {})
    assert not found, ADVICE.format("; ".join(found))


def test_the_newest_published_schema_is_the_one_in_force() -> None:
    news = drift(events_schema(), PUBLISHED)
    assert not news, (
        f"the schema has grown: copy tests/contract/golden/events to a next version; new are {news}"
    )


def _queued(schema: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"]["QueuedData"]  # type: ignore[no-any-return] # JSON


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a field removed": lambda s: _queued(s)["properties"].pop("due"),
    "a field required": lambda s: _queued(s)["required"].append("channel"),
    "a type changed": lambda s: _queued(s)["properties"]["visit"].update(type="string"),
    "a limit tightened": lambda s: _queued(s)["properties"]["visit"].update(maximum=9),
    "a pattern tightened": lambda s: _queued(s)["properties"]["queue"].update(pattern="^[a-z]+$"),
    "an enum value removed": lambda s: _queued(s)["properties"]["channel"]["enum"].remove("fax"),
    "free text made an enum": lambda s: _queued(s)["properties"]["queue"].update(enum=["billing"]),
    "unknown fields refused": lambda s: _queued(s).update(additionalProperties=False),
    "an event type removed": lambda s: s["oneOf"].pop(),
    "an attribute required": lambda s: s["$defs"]["VisitQueued"]["required"].append("data_version"),
    "a state of a snapshot removed": lambda s: _snapshot(s).pop(),
    "one of two types removed": lambda s: _capacity(s)["oneOf"].pop(),
    "one of two types tightened": lambda s: _capacity(s)["oneOf"][0].update(maximum=9),
}


def _capacity(schema: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"]["AgentStateData"]["properties"]["capacity"]  # type: ignore[no-any-return] # JSON


def _snapshot(schema: dict[str, Any]) -> list[Any]:
    data = schema["$defs"]["ContactSnapshot"]["properties"]["data"]
    return data.get("oneOf") or data["anyOf"]  # type: ignore[no-any-return] # JSON


@pytest.mark.parametrize("change", CHANGES)
def test_an_incompatible_change_is_found(change: str) -> None:
    before = copy.deepcopy(PUBLISHED)
    channel = _queued(before)["properties"]["channel"]
    channel["enum"] = [*channel["enum"], "fax"]
    after = copy.deepcopy(before)
    CHANGES[change](after)
    assert drift(before, after)
    assert drift(before, before) == []


def test_an_addition_is_compatible() -> None:
    after = copy.deepcopy(PUBLISHED)
    _queued(after)["properties"]["language"] = {"type": "string"}
    _queued(after)["properties"]["channel"]["enum"].append("video")
    assert drift(PUBLISHED, after) == []
