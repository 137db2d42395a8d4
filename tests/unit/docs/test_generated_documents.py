"""The generated documents: fresh, valid, and true of what the code accepts and sends."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from stream.adapters.canonical import CanonicalDecoder, encode, topic_of
from stream.adapters.schema import TOPIC_TYPES, types_of
from stream.app.engine import _key, _value
from stream.broker.topics import DEAD_LETTERS
from stream.dev.simulator import DEMO, simulate
from stream.domain.instant import instant_ms
from stream.domain.kinds import Kind
from stream.errors import BadRecord, RejectReason
from stream.store.partition import Partition
from stream.worker.record import DeadLetter
from tools.docs.__main__ import main
from tools.docs.dead_letter import EXAMPLE, DeadLetterDocument
from tools.docs.pages import PAGES, stale, write
from tools.docs.samples import SAMPLES

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "events.schema.json").read_text())
ASYNCAPI = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/s",
    "type": "visit.queued",
    "time": "2026-11-21T10:00:00Z",
    "subject": "c",
    "data": {"queue": "billing", "visit": 1},
}
WRONG: dict[str, dict[str, Any]] = {
    "specversion": {"specversion": "0.3"},
    "empty id": {"id": ""},
    "long id": {"id": "x" * 129},
    "control character": {"subject": "a\tb"},
    "no zone": {"time": "2026-11-21T10:00:00"},
    "no such day": {"time": "2026-02-30T10:00:00Z"},
    "no queue": {"data": {}},
    "queue is a number": {"data": {"queue": 7}},
    "visit 0": {"data": {"queue": "billing", "visit": 0}},
    "unknown channel": {"data": {"queue": "billing", "channel": "fax"}},
    "data is a list": {"data": []},
}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date-time"]))


def test_the_committed_documents_are_fresh() -> None:
    assert stale(DOCS) == [], "run `make docs` and commit what it writes"


def test_the_check_names_what_is_stale_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    monkeypatch.setattr("sys.argv", ["docs", "--check", str(tmp_path)])
    assert main() == 0
    (tmp_path / "cli.md").write_text("old")
    (tmp_path / "metrics.md").unlink()
    assert main() == 1
    told = capsys.readouterr().err
    assert "cli.md is stale" in told
    assert "metrics.md is stale" in told
    assert "settings.md" not in told


def test_writing_makes_everything_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "docs"
    monkeypatch.setattr("sys.argv", ["docs", str(folder)])
    assert main() == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(PAGES)
    assert stale(folder) == []


def test_there_is_a_sample_of_every_type() -> None:
    published = {name for topic in TOPIC_TYPES for name in types_of(topic)}
    assert sorted(sample.type for sample in SAMPLES) == sorted(published)
    assert published >= {kind.type for kind in Kind}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.type)
def test_samples_are_events(sample: Any, schema: Draft202012Validator) -> None:
    schema.validate(sample.document)
    if sample.type == "pantau.heartbeat":
        return  # no event: the decoder's contract tells what it is
    [read] = CanonicalDecoder().decode(json.dumps(sample.document).encode())
    assert read.subject == sample.document["subject"]
    schema.validate(json.loads(encode(read)))


def test_what_the_simulator_sends_is_as_published(schema: Draft202012Validator) -> None:
    events = simulate(DEMO, seed=1, start_ms=instant_ms("2026-11-20T09:00:00Z"), until_ms=None)
    kinds = set()
    for event in islice(events, 0, 4_000, 9):
        document = json.loads(event.value)
        schema.validate(document)
        kinds.add(document["type"])
    assert {"visit.queued", "visit.answered", "agent.state", "agent.heartbeat"} <= kinds


def test_schema_and_decoder_accept_alike(schema: Draft202012Validator) -> None:
    schema.validate(EVENT | {"more": {"unknown": 1}})
    CanonicalDecoder().decode(json.dumps(EVENT | {"more": {"unknown": 1}}).encode())


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_schema_and_decoder_refuse_alike(change: dict[str, Any], schema: Draft202012Validator) -> None:
    wrong = EVENT | change
    assert not schema.is_valid(wrong)
    with pytest.raises(BadRecord):
        CanonicalDecoder().decode(json.dumps(wrong).encode())


def test_channels_are_the_topics() -> None:
    channels = ASYNCAPI["channels"].values()
    assert {channel["address"] for channel in channels} == {*TOPIC_TYPES, DEAD_LETTERS}
    actions = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in ASYNCAPI["operations"].values()
    }
    assert actions == {"contacts": "receive", "agents": "receive", "dead-letters": "send"}


def test_every_type_is_a_message_of_the_channel_that_carries_it() -> None:
    for channel in ("contacts", "agents"):
        assert "pantau.heartbeat" in ASYNCAPI["channels"][channel]["messages"]
    for sample in SAMPLES:
        if sample.type == "pantau.heartbeat":
            continue
        [event] = CanonicalDecoder().decode(json.dumps(sample.document).encode())
        channel = ASYNCAPI["channels"][topic_of(event).removeprefix("pantau.")]
        assert channel["messages"][sample.type] == {"$ref": f"#/components/messages/{sample.type}"}


@pytest.mark.parametrize("name", ASYNCAPI["components"]["messages"])
def test_examples_are_as_their_messages_say(name: str) -> None:
    message = ASYNCAPI["components"]["messages"][name]
    whole = {"$schema": SCHEMA["$schema"], "components": ASYNCAPI["components"], **message["payload"]}
    for example in message["examples"]:
        Draft202012Validator(whole).validate(example["payload"])
    assert message["bindings"]["kafka"]["key"]["type"] == "string"


def test_dead_letters_are_as_published() -> None:
    letter = DeadLetter(Partition("pantau.contacts", 3), 90_210, RejectReason.SCHEMA, EXAMPLE.detail, 187)
    assert json.loads(_value(letter, instant_ms(EXAMPLE.first_seen))) == EXAMPLE.model_dump(mode="json")
    assert _key(letter) == b"pantau.contacts:3:90210"
    long = letter._replace(detail="x" * 5_000)
    DeadLetterDocument.model_validate_json(_value(long, 0))
    published = ASYNCAPI["components"]["schemas"]["DeadLetter"]
    assert set(published["required"]) == set(DeadLetterDocument.model_fields)
    assert published["additionalProperties"] is False
