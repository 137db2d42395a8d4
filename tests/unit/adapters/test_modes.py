"""Structured or binary: how a record of Kafka says which mode of CloudEvents it is in."""

import json
from typing import Any

import pytest

from stream.adapters.canonical import CanonicalDecoder
from stream.adapters.modes import structured
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "1",
    "source": "/s",
    "type": "visit.queued",
    "time": "2026-11-21T10:00:00Z",
    "subject": "c1",
}
DATA = b'{"queue":"billing"}'
WHOLE = json.dumps({**ATTRIBUTES, "data": json.loads(DATA)}).encode()
BINARY = [(f"ce_{name}", text.encode()) for name, text in ATTRIBUTES.items()]
SAID = CanonicalDecoder().decode(WHOLE)
Headers = list[tuple[str, bytes | None]]


def decoded(headers: Any, value: bytes | None) -> Any:
    return CanonicalDecoder().decode(structured(headers, value) or b"")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("ce_traceparent", b"00-1")],
        [("ce_id", b"9"), ("ce_type", b"other")],
        [("ce_specversion", None)],
        [("CE_specversion", b"1.0"), ("Ce_Id", b"9")],
        [("content-type", b"application/json")],
        [("content-type", None), ("other", None)],
        [("content-type", b"application/cloudevents+json"), ("ce_traceparent", b"00-1")],
        [*BINARY, ("content-type", b"application/cloudevents+json; charset=UTF-8")],
        [*BINARY, ("content-type", b"Application/CloudEvents+JSON")],
    ],
    ids=repr,
)
def test_a_record_is_structured_unless_it_says_otherwise(headers: Headers) -> None:
    assert structured(headers, WHOLE) is WHOLE
    assert decoded(headers, WHOLE) == SAID


@pytest.mark.parametrize(
    "more",
    [
        [],
        [("content-type", b"application/json")],
        [("Content-Type", b"application/cloudevents+json")],
        [("ce_tracestate", None)],
        [("ce_tracestate", b"\xff"), ("ce_tracestate", b"1")],
        [("ce_sequence", None)],
        [("ce_data", b"{}")],
        [("ce_ID", b"9")],
        [("ce_", b"9"), ("", None)],
    ],
    ids=repr,
)
def test_a_record_with_a_version_in_its_headers_is_binary(more: Headers) -> None:
    assert decoded([*more, *BINARY], DATA) == decoded([*BINARY, *more], DATA) == SAID


def test_a_header_tells_the_sequence() -> None:
    (event,) = decoded([*BINARY, ("ce_sequence", b"42"), ("ce_sequencetype", b"Integer")], DATA)
    assert event.fact.sequence == "00242"


@pytest.mark.parametrize(
    ("headers", "value", "reason", "detail"),
    [
        ([*BINARY, ("ce_id", b"2")], DATA, RejectReason.SCHEMA, "id: two headers"),
        ([*BINARY, ("ce_id", b"1")], DATA, RejectReason.SCHEMA, "id: two headers"),
        (
            [*BINARY[:1], *BINARY[2:], ("ce_id", b"\xff")],
            DATA,
            RejectReason.SCHEMA,
            "id: the header is not UTF-8",
        ),
        ([*BINARY[:1], *BINARY[2:], ("ce_id", None)], DATA, RejectReason.SCHEMA, "id: Field required"),
        (BINARY, b'{"queue":"a","queue":"b"}', RejectReason.JSON, "data: a name comes twice in one object"),
        (BINARY, b'{"queue":"a"},"subject":"c2"', RejectReason.JSON, "data: not JSON in UTF-8"),
        (BINARY, b'{"queue":"a"}}', RejectReason.JSON, "data: not JSON in UTF-8"),
        (BINARY, b"[" * 200 + b"]" * 200, RejectReason.JSON, "nested deeper than 200 levels"),
        (
            [("content-type", b"application/cloudevents-batch+json")],
            b"[" + WHOLE + b"]",
            RejectReason.SCHEMA,
            "",
        ),
        ([("content-type", b"application/cloudevents+avro")], b"\x00\x01", RejectReason.JSON, ""),
        (BINARY[1:], DATA, RejectReason.SCHEMA, ""),
    ],
)
def test_what_cannot_be_read_says_why(
    headers: Headers, value: bytes, reason: RejectReason, detail: str
) -> None:
    with pytest.raises(BadRecord) as caught:
        decoded(headers, value)
    assert (caught.value.reason, caught.value.detail[: len(detail)]) == (reason, detail)


def test_two_identities_that_are_not_utf8_are_not_taken_for_one() -> None:
    for text in (b"\xff", b"\xfe"):
        with pytest.raises(BadRecord):
            decoded([*BINARY[:1], *BINARY[2:], ("ce_id", text)], DATA)
