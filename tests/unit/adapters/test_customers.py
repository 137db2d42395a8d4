"""Customers go out by pseudonym or not at all, and no fact holds one."""

import json
from typing import Any

import pytest

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.adapters.customers import Customers
from stream.adapters.pseudonym import Pseudonyms, pseudonyms
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.connectors.catalogue import DECODERS, decoder
from stream.domain.fact import Event
from stream.domain.kinds import Kind
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
NUMBER = "+4915112345678"
PSEUDONYM = Pseudonyms({2: NEW}).of(NUMBER)
NO_PSEUDONYMS = [
    *(NUMBER, NUMBER[1:], "Ann Smith", "ann.smith@mail.example", "9664491", "", " ", "k2:", "0"),
    *(PSEUDONYM.upper(), PSEUDONYM[:-1], f"{PSEUDONYM}0", f"{PSEUDONYM}\n", f" {PSEUDONYM}", PSEUDONYM[1:]),
    *(PSEUDONYM.replace("k2", "k"), PSEUDONYM.replace("k2", "k2000000"), f"k2:{NUMBER:x>32}"),
]


def row(customer: str, call: str = "33116") -> bytes:
    return (
        f"AA0101\t{call}\t{customer}\t2\tPS\t990201\t10:00:00\t10:00:06\t6\t10:00:06\t10:00:36\t30\tAGENT"
        "\t10:00:35\t10:02:00\t85\tagent-07"
    ).encode()


def read(*rows: bytes, keys: Pseudonyms) -> tuple[list[Event], Customers]:
    customers = Customers(keys)
    bank = decoder("anonymous-bank", customers)
    return [event for each in rows for event in bank.decode(each)], customers


def written(customer: str, keys: Pseudonyms) -> list[dict[str, Any]]:
    """What is sent of a call."""
    events, customers = read(row(customer), keys=keys)
    return [json.loads(encode(event, customers.of(event.subject))) for event in events]


def started(customer: Any, type_: str = "contact.started", **more: Any) -> bytes:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "subject": "c", "type": type_}
    data = {"channel": "chat", "customer": customer}
    whole = {**event, "time": "2026-11-21T10:00:00.000Z", "data": data, **more}
    return json.dumps(whole, separators=(",", ":")).encode()


def test_a_call_begins_with_the_pseudonym_of_its_customer_and_says_it_once() -> None:
    sent = written(NUMBER, Pseudonyms({2: NEW}))
    assert [event["data"].get("customer") for event in sent] == [PSEUDONYM] + [None] * 5
    assert sent[0]["type"] == "contact.started"
    assert NUMBER[1:] not in json.dumps(sent)


def test_without_keys_no_customer_goes_out() -> None:
    sent = [encode(event) for event in AnonymousBankDecoder().decode(row(NUMBER))]
    assert [event for event in sent if b"customer" in event or NUMBER.encode()[1:] in event] == []


@pytest.mark.parametrize("nobody", ["", "0", " "])
def test_a_customer_whom_the_log_does_not_know_has_no_pseudonym(nobody: str) -> None:
    assert "customer" not in written(nobody, Pseudonyms({2: NEW}))[0]["data"]


def test_each_contact_has_its_own_customer() -> None:
    keys = Pseudonyms({2: NEW})
    events, customers = read(row("1"), row("2", "33117"), row("0", "33118"), keys=keys)
    contacts = list(dict.fromkeys(event.subject for event in events))
    assert [customers.of(contact) for contact in contacts] == [keys.of("1"), keys.of("2"), ""]


def test_events_are_the_same_with_keys_and_without() -> None:
    events, _ = read(row(NUMBER), keys=Pseudonyms({2: NEW}))
    assert events == list(AnonymousBankDecoder().decode(row(NUMBER)))


def test_a_rotated_key_gives_another_pseudonym() -> None:
    before = pseudonyms(f"k1 {OLD.hex()}", "keys")
    after = pseudonyms(f"k1 {OLD.hex()}\nk2 {NEW.hex()}", "keys")
    (was, *_), (now, *_) = written(NUMBER, before), written(NUMBER, after)
    assert was["data"]["customer"].startswith("k1:")
    assert now["data"]["customer"] == PSEUDONYM
    assert was["data"]["customer"][3:] != PSEUDONYM[3:]


def test_a_pseudonym_is_accepted_and_leaves_no_trace_in_the_fact() -> None:
    used = CanonicalDecoder()
    wanted = CanonicalDecoder().decode(started(None).replace(b',"customer":null', b""))
    for _ in range(2):
        assert used.decode(started(PSEUDONYM)) == wanted


def test_data_that_differs_in_the_pseudonym_alone_is_remembered_once() -> None:
    used = CanonicalDecoder()
    for number in range(9):
        used.decode(started(Pseudonyms({2: NEW}).of(str(number))))
    assert len(used._known) == 1


@pytest.mark.parametrize("customer", NO_PSEUDONYMS)
def test_anything_but_a_pseudonym_is_refused_and_not_repeated(customer: str) -> None:
    used = CanonicalDecoder()
    used.decode(started(PSEUDONYM))
    correction = {"data": {"id": "1", "type": "contact.started", "time": "2026-11-21T10:00:00.000Z"}}
    correction["data"]["data"] = {"customer": customer}  # type: ignore[assignment] # JSON
    for value in (started(customer), started("", "event.corrected", **correction)):
        with pytest.raises(BadRecord) as bad:
            used.decode(value)
        assert bad.value.reason is RejectReason.PERSONAL
        assert len(customer.strip()) < len("k2:0") or customer.strip() not in str(bad.value)


@pytest.mark.parametrize("customer", [None, 4915112345678, [NUMBER], {"number": NUMBER}])
def test_a_customer_that_is_no_text_is_refused_and_not_repeated(customer: Any) -> None:
    with pytest.raises(BadRecord) as bad:
        CanonicalDecoder().decode(started(customer))
    assert bad.value.reason is RejectReason.SCHEMA
    assert "15112345678" not in str(bad.value)


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_is_made_with_customers_and_without(name: str) -> None:
    assert decoder(name).name == decoder(name, Customers(Pseudonyms({2: NEW}))).name == name


@pytest.mark.parametrize("kind", [Kind.CONTACT_ENDED, Kind.VISIT_ABANDONED])
def test_only_a_start_tells_a_customer(kind: Kind) -> None:
    (event,) = CanonicalDecoder().decode(started(PSEUDONYM))
    assert b"customer" in encode(event, PSEUDONYM)
    assert b"customer" not in encode(event._replace(fact=event.fact._replace(kind=int(kind))), PSEUDONYM)
