"""Phone numbers and mail addresses in the place of keys are refused, in every field that is one."""

import json
from typing import Any

import pytest

from stream.adapters.canonical import CanonicalDecoder
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

PERSONAL = [
    "+4915112345678",
    "+62-812-3456-789",
    "call +1 (555) 010-9999 b",
    "ann.smith@mail.example",
    "<a@b.io>",
]
KEYS = [
    "c-1",
    "00112345678901",
    "1700000000.123",
    "1000@default",
    "a+b",
    "k2:0f3a",
    "2026-11-21T10:00:00+00:00",
]
ROW = """
AA0101 33116 9664491 2 PS 990101 0:00:31 0:00:36 5 0:00:36 0:03:09 153 AGENT 0:03:08 0:04:08 60 AVI
"""


def event(place: str, text: str) -> bytes:
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/pbx",
        "type": "offer.declined" if place != "state" else "agent.state",
        "time": "2026-11-21T10:00:00.123Z",
        "subject": "c-1",
        "data": {"agent": "dea"} if place != "state" else {"state": "not_ready"},
    }
    if place == "state":
        document["data"]["reason"] = text
    elif place in document:
        document[place] = text
    else:
        document["data"][place] = text
    return json.dumps(document).encode()


@pytest.mark.parametrize("place", ["subject", "id", "source", "agent", "reason", "state"])
@pytest.mark.parametrize("text", PERSONAL)
def test_what_names_a_person_is_refused_and_not_told(place: str, text: str) -> None:
    decoder = CanonicalDecoder()
    decoder.decode(event(place, "c-1"))  # what follows is read the fast way, if it may be
    with pytest.raises(BadRecord) as bad:
        decoder.decode(event(place, text))
    assert bad.value.reason is RejectReason.PERSONAL
    assert text not in bad.value.detail


@pytest.mark.parametrize("place", ["subject", "id", "source", "agent", "reason"])
@pytest.mark.parametrize("text", KEYS)
def test_keys_are_accepted(place: str, text: str) -> None:
    decoder = CanonicalDecoder()
    assert decoder.decode(event(place, text)) == decoder.decode(event(place, text))


def test_a_value_that_chooses_what_is_read_is_not_told() -> None:
    snapshot = json.loads(event("subject", "c-1")) | {
        "type": "contact.snapshot",
        "data": {"state": "Vogelsang"},
    }
    with pytest.raises(BadRecord, match="'state' is none of 'waiting', 'talking', 'ended'") as bad:
        CanonicalDecoder().decode(json.dumps(snapshot).encode())
    assert "Vogelsang" not in bad.value.detail


def test_an_escaped_mark_is_one_too() -> None:
    decoder = CanonicalDecoder()
    decoder.decode(event("subject", "c-1"))
    with pytest.raises(BadRecord):
        decoder.decode(event("subject", "XX").replace(b"XX", rb"\u002B4915112345678"))


def queued(name: str) -> bytes:
    event_ = json.loads(event("subject", "c-1")) | {"type": "visit.queued", "data": {"queue": name}}
    return json.dumps(event_).encode()


def test_a_queue_may_be_called_by_a_number_or_an_address_that_the_settings_name() -> None:
    decoder = CanonicalDecoder(frozenset(PERSONAL))
    for name in PERSONAL:
        assert decoder.decode(queued(name)) == decoder.decode(queued(name))
        with pytest.raises(BadRecord, match="add it to the settings"):
            CanonicalDecoder().decode(queued(name))


def test_a_name_that_the_settings_name_no_more_is_refused() -> None:
    decoder = CanonicalDecoder(frozenset(PERSONAL))
    assert decoder.decode(queued(PERSONAL[0]))
    decoder.hold_to_names(frozenset())
    with pytest.raises(BadRecord):
        decoder.decode(queued(PERSONAL[0]))


def test_the_event_that_a_retraction_names_is_a_key_too() -> None:
    retracted = json.loads(event("subject", "c-1")) | {
        "type": "event.retracted",
        "data": {"id": PERSONAL[0], "type": "visit.queued"},
    }
    with pytest.raises(BadRecord, match=r"data\.id"):
        CanonicalDecoder().decode(json.dumps(retracted).encode())


@pytest.mark.parametrize("column", [1, 16])
def test_rows_of_a_call_log_are_looked_at_too(column: int) -> None:
    row = ROW.split()
    assert AnonymousBankDecoder().decode("\t".join(row).encode())
    row[column] = "+4915112345678"
    with pytest.raises(BadRecord) as bad:
        AnonymousBankDecoder().decode("\t".join(row).encode())
    assert bad.value.reason is RejectReason.PERSONAL
