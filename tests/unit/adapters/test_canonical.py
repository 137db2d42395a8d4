"""Our own events: what each type says, what is refused and why, and how an event is written."""

import json
from typing import Any

import pytest

from stream.adapters.base import EARLIEST_MS, MAX_AHEAD_MS, MAX_RECORD_BYTES, Unknown
from stream.adapters.canonical import CanonicalDecoder, encode, topic_of
from stream.adapters.modes import structured
from stream.connectors.catalogue import DECODERS
from stream.domain.fact import Event, Fact, fact_of
from stream.domain.instant import instant_text
from stream.domain.kinds import Kind
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

AT = 1_795_255_200_123
UID = "/pbx\te-1"
DECODER = CanonicalDecoder()


def document(type_: str = "visit.queued", **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/pbx",
        "type": type_,
        "time": "2026-11-21T10:00:00.123Z",
        "subject": "c-1",
        "data": {"queue": "billing"},
        **more,
    }


def decoded(found: dict[str, Any], **more: Any) -> Event:
    (event,) = DECODER.decode(json.dumps(found).encode(), **more)
    return event


def refusal(value: bytes | dict[str, Any], **more: Any) -> BadRecord:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(BadRecord) as caught:
        DECODER.decode(raw, **more)
    return caught.value


SCHEDULED = 1_795_255_200_000
FULL = {
    "contact.started": ({"channel": "chat"}, (Kind.CONTACT_STARTED, 0, "", "chat", "")),
    "contact.ended": ({"channel": "chat"}, (Kind.CONTACT_ENDED, 0, "", "chat", "")),
    "visit.queued": (
        {"queue": "billing", "channel": "email", "priority": 5, "visit": 2},
        (Kind.VISIT_QUEUED, 2, "billing", "email", ""),
    ),
    "visit.answered": ({"visit": 2, "agent": "a-1"}, (Kind.VISIT_ANSWERED, 2, "a-1", "", "")),
    "visit.abandoned": ({"visit": 2, "agent": "a-1"}, (Kind.VISIT_ABANDONED, 2, "a-1", "", "")),
    "visit.left": ({"visit": 2, "reason": "overflow"}, (Kind.VISIT_LEFT, 2, "overflow", "", "")),
    "offer.made": (
        {"visit": 2, "agent": "a-1", "reason": "idle longest"},
        (Kind.OFFER_MADE, 2, "a-1", "idle longest", ""),
    ),
    "offer.declined": (
        {"visit": 2, "agent": "a-1", "reason": "no answer"},
        (Kind.OFFER_DECLINED, 2, "a-1", "no answer", ""),
    ),
    "leg.held": ({"visit": 2, "agent": "a-1"}, (Kind.LEG_HELD, 2, "a-1", "", "")),
    "leg.resumed": ({"visit": 2, "agent": "a-1"}, (Kind.LEG_RESUMED, 2, "a-1", "", "")),
    "leg.ended": (
        {"visit": 2, "agent": "a-1", "transfer": "warm", "team": "north"},
        (Kind.LEG_ENDED, 2, "a-1", "warm", "north"),
    ),
    "leg.wrapped_up": ({"visit": 2, "agent": "a-1"}, (Kind.LEG_WRAPPED_UP, 2, "a-1", "", "")),
    "visit.blocked": (
        {"queue": "billing", "channel": "chat", "reason": "closed"},
        (Kind.VISIT_BLOCKED, 0, "billing", "chat", "closed"),
    ),
    "message.sent": ({"by": "agent", "agent": "a-1", "visit": 2}, (Kind.MESSAGE_SENT, 2, "a-1", "agent", "")),
    "callback.attempted": (
        {"result": "busy", "agent": "a-1", "visit": 2},
        (Kind.CALLBACK_ATTEMPTED, 2, "a-1", "busy", ""),
    ),
    "contact.linked": (
        {"to": "c-2", "relation": "callback", "asked": "2026-11-21T10:00:00.000Z"},
        (Kind.CONTACT_LINKED, 0, "c-2", "callback", str(SCHEDULED)),
    ),
    "event.corrected": (
        {"id": "e-0", "type": "visit.left", "time": "2026-11-21T10:00:01.000Z", "data": {"reason": "error"}},
        (Kind.CONTACT_CORRECTED, 0, "/pbx\te-0", "", f'[{AT + 877},6,0,"error"]'),
    ),
    "event.retracted": (
        {"id": "e-0", "type": "contact.started"},
        (Kind.CONTACT_RETRACTED, 0, "/pbx\te-0", "", ""),
    ),
    "agent.state": (
        {"state": "hold", "team": "north", "reason": "lunch", "queues": ["a", "b"], "capacity": 3},
        (Kind.AGENT_STATE, 3, "hold", "north", "lunch\ta\tb"),
    ),
    "agent.heartbeat": ({"team": "north"}, (Kind.AGENT_HEARTBEAT, 0, "", "", "")),
    "schedule.published": (
        {
            "from": "2026-11-21T10:00:00.000Z",
            "to": "2026-11-21T18:00:00.000Z",
            "team": "north",
            "shifts": [
                {
                    "from": "2026-11-21T10:00:00.000Z",
                    "to": "2026-11-21T12:00:00.000Z",
                    "activity": "productive",
                }
            ],
        },
        (
            *(Kind.SCHEDULE_PUBLISHED, 0, str(SCHEDULED), str(SCHEDULED + 28_800_000)),
            f"north\t{SCHEDULED} {SCHEDULED + 7_200_000} productive",
        ),
    ),
}
# What is required, and what stands for what is not told.
BARE = {
    "contact.started": (None, (Kind.CONTACT_STARTED, 0, "", "", "")),
    "contact.ended": (None, (Kind.CONTACT_ENDED, 0, "", "", "")),
    "visit.queued": ({"queue": "billing"}, (Kind.VISIT_QUEUED, 0, "billing", "voice", "")),
    "visit.answered": (None, (Kind.VISIT_ANSWERED, 0, "", "", "")),
    "visit.abandoned": (None, (Kind.VISIT_ABANDONED, 0, "", "", "")),
    "visit.left": ({"reason": "error"}, (Kind.VISIT_LEFT, 0, "error", "", "")),
    "offer.made": ({"agent": "a-1"}, (Kind.OFFER_MADE, 0, "a-1", "", "")),
    "offer.declined": ({"agent": "a-1"}, (Kind.OFFER_DECLINED, 0, "a-1", "", "")),
    "leg.held": (None, (Kind.LEG_HELD, 0, "", "", "")),
    "leg.resumed": (None, (Kind.LEG_RESUMED, 0, "", "", "")),
    "leg.ended": (None, (Kind.LEG_ENDED, 0, "", "", "")),
    "leg.wrapped_up": (None, (Kind.LEG_WRAPPED_UP, 0, "", "", "")),
    "visit.blocked": ({"queue": "billing"}, (Kind.VISIT_BLOCKED, 0, "billing", "voice", "full")),
    "message.sent": ({"by": "bot"}, (Kind.MESSAGE_SENT, 0, "", "bot", "")),
    "callback.attempted": ({"result": "connected"}, (Kind.CALLBACK_ATTEMPTED, 0, "", "connected", "")),
    "contact.linked": ({"to": "c-2", "relation": "merged"}, (Kind.CONTACT_LINKED, 0, "c-2", "merged", "")),
    "event.corrected": (
        {"id": "e-0", "type": "contact.ended", "time": "2026-11-21T10:00:01.000Z"},
        (Kind.CONTACT_CORRECTED, 0, "/pbx\te-0", "", f"[{AT + 877},11,0]"),
    ),
    "event.retracted": (
        {"id": "e-0", "type": "visit.queued"},
        (Kind.CONTACT_RETRACTED, 0, "/pbx\te-0", "", ""),
    ),
    "agent.state": ({"state": "available"}, (Kind.AGENT_STATE, 1, "available", "", "")),
    "agent.heartbeat": (None, (Kind.AGENT_HEARTBEAT, 0, "", "", "")),
    "schedule.published": (
        {"from": "2026-11-21T10:00:00.000Z", "to": "2026-11-21T18:00:00.000Z", "shifts": []},
        (Kind.SCHEDULE_PUBLISHED, 0, str(SCHEDULED), str(SCHEDULED + 28_800_000), ""),
    ),
}
SAMPLES = [(type_, *sample) for table in (FULL, BARE) for type_, sample in table.items()]


def test_every_kind_of_fact_has_its_type_and_both_samples() -> None:
    assert set(FULL) == set(BARE) == {kind.type for kind in Kind}


@pytest.mark.parametrize(("type_", "data", "said"), SAMPLES)
def test_what_each_type_says(type_: str, data: dict[str, Any] | None, said: tuple[Any, ...]) -> None:
    found = document(type_, data=data)
    if data is None:
        del found["data"]
    kind, number, *text = said
    assert decoded(found) == Event("c-1", Fact(AT, kind, UID, number, *text))


@pytest.mark.parametrize(("type_", "data", "said"), SAMPLES)
def test_what_was_decoded_is_written_and_read_the_same(
    type_: str,
    data: dict[str, Any] | None,  # noqa: ARG001 - the sample it comes from
    said: tuple[Any, ...],
) -> None:
    kind, number, *text = said
    event = Event("c-1", Fact(AT, kind, UID, number, *text))
    written = encode(event)
    assert json.loads(written)["type"] == type_
    assert DECODER.decode(written) == (event,)


def test_how_an_event_is_written() -> None:
    event = Event("c-1", Fact(AT, Kind.VISIT_QUEUED, "/pbx/1\te-1", 2, "Rückfragen", "chat"))
    assert encode(event).decode() == (
        '{"specversion":"1.0","id":"e-1","source":"/pbx/1","type":"visit.queued",'
        '"time":"2026-11-21T10:00:00.123Z","subject":"c-1",'
        '"data":{"queue":"Rückfragen","channel":"chat","visit":2}}'
    )


SINCE = {"since": "2026-11-21T09:59:00.000Z"}


@pytest.mark.parametrize(
    ("type_", "data", "said"),
    [
        (
            "contact.snapshot",
            {"state": "waiting", "queue": "billing", "channel": "chat", "visit": 2, **SINCE},
            Fact(AT - 60_123, Kind.VISIT_QUEUED, UID, 2, "billing", "chat"),
        ),
        (
            "contact.snapshot",
            {"state": "talking", "visit": 2, "agent": "a-1", "team": "north", **SINCE},
            Fact(AT - 60_123, Kind.VISIT_ANSWERED, UID, 2, "a-1", "", "north"),
        ),
        ("contact.snapshot", {"state": "ended"}, Fact(AT, Kind.CONTACT_ENDED, UID)),
        (
            "agent.snapshot",
            {"state": "hold", "team": "north", "queues": ["a"], **SINCE},
            Fact(AT - 60_123, Kind.AGENT_STATE, UID, 1, "hold", "north", "\ta"),
        ),
    ],
    ids=["waiting", "talking", "ended", "agent"],
)
def test_a_snapshot_says_what_was_lost(type_: str, data: dict[str, Any], said: Fact) -> None:
    assert decoded(document(type_, data=data)) == Event("c-1", said)


def test_a_correction_says_the_other_event_anew() -> None:
    anew = {"id": "e-0", "type": "visit.queued", "time": "2026-11-21T09:59:00Z", "data": {"queue": "new"}}
    fact = decoded(document("event.corrected", data=anew)).fact
    assert (fact.kind, fact.a) == (Kind.CONTACT_CORRECTED, "/pbx\te-0")
    assert fact_of(fact.a, fact.c) == Fact(AT - 60_123, Kind.VISIT_QUEUED, "/pbx\te-0", 0, "new", "voice")


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"data": {}}, "data.queue: Field required"),
        ({"time": "yesterday"}, "time: an RFC 3339 time"),
        ({"id": "e\n0"}, "data.id: only printable"),
        ({"time": "1970-01-01T00:00:00Z"}, "time: 1970-01-01T00:00:00Z is implausible"),
    ],
)
def test_a_correction_must_itself_be_an_event(changed: dict[str, Any], detail: str) -> None:
    anew = {"id": "e-0", "type": "visit.queued", "time": "2026-11-21T09:59:00Z", "data": {"queue": "new"}}
    assert detail in refusal(document("event.corrected", data={**anew, **changed})).detail


@pytest.mark.parametrize("of", ["event.corrected", "event.retracted", "ticket.opened"])
def test_a_correction_of_what_is_no_event_of_ours_is_tolerated(of: str) -> None:
    for type_ in ("event.corrected", "event.retracted"):
        record = document(type_, data={"id": "e-0", "type": of, "time": "2026-11-21T09:59:00Z"})
        assert CanonicalDecoder().decode(json.dumps(record).encode()) == Unknown(of)


def test_what_a_correction_says_belongs_to_its_own_source() -> None:
    data = {"id": "e-0", "type": "visit.queued"}
    for source in ("/pbx", "/other"):
        assert decoded(document("event.retracted", source=source, data=data)).fact.a == f"{source}\te-0"


def test_when_a_callback_is_due_may_lie_ahead_but_not_beyond_reason() -> None:
    found = decoded(document(data={"queue": "q", "channel": "callback", "due": "2026-11-25T10:00:00Z"}))
    assert found.fact.c == "1795600800000"
    assert refusal(document(data={"queue": "q", "due": "2126-11-25T10:00:00Z"})).reason is RejectReason.CLOCK


def test_an_answer_may_tell_when_it_was_accepted() -> None:
    told = {"agent": "a-1", "team": "north", "accepted": "2026-11-21T09:59:59.500Z"}
    event = decoded(document("visit.answered", data=told))
    assert event.fact[3:6] == (0, "a-1", "1795255199500")
    assert json.loads(encode(event))["data"] == told
    assert decoded(document("visit.answered", data={**told, "accepted": document()["time"]}))


def test_nothing_is_accepted_after_it_was_answered_however_often_the_data_was_read_before() -> None:
    data = {"accepted": "2026-11-21T10:00:02.000Z"}
    decoder = CanonicalDecoder()

    def at(time: str) -> bytes:
        return json.dumps(document("visit.answered", time=time, data=data)).encode()

    for time in ("2026-11-21T10:00:02.000Z", "2026-11-21T10:00:03.000Z"):
        decoder.decode(at(time))
    decoder.decode(json.dumps(document(time="2026-11-21T10:00:01.000Z")).encode())  # this second is known too
    for _ in range(2):
        with pytest.raises(BadRecord, match=r"data.accepted: must not come after time"):
            decoder.decode(at("2026-11-21T10:00:01.000Z"))
    assert refusal(document("visit.answered", data={"accepted": "soon"})).reason is RejectReason.SCHEMA


def test_capacity_by_channel_is_the_largest_and_comes_back_as_it_was_told() -> None:
    told = {"state": "hold", "capacity": {"voice": 1, "chat": 3}}
    event = decoded(document("agent.state", data=told))
    assert event.fact[3:7] == (3, "hold", "", "\t\tchat 3\tvoice 1")
    turned = {"state": "hold", "capacity": {"chat": 3, "voice": 1}, "queues": ["q"], "reason": "r"}
    assert decoded(document("agent.state", data=turned)).fact.c == "r\tq\t\tchat 3\tvoice 1"
    assert json.loads(encode(event))["data"] == told
    assert DECODER.decode(encode(event)) == (event,)


def test_an_agent_without_capacity_stays_without() -> None:
    event = Event("a-1", Fact(AT, Kind.AGENT_STATE, UID, 0, "available"))
    assert DECODER.decode(encode(event)) == (event,)


def test_unknown_fields_are_ignored() -> None:
    plain = decoded(document())
    assert (
        decoded(document(dataschema="x", traceparent="00-1", data={"queue": "billing", "mood": [1]})) == plain
    )


@pytest.mark.parametrize("type_", ["ticket.opened", "visit.queued2", "Visit.queued", ""])
def test_an_unknown_type_is_tolerated(type_: str) -> None:
    assert CanonicalDecoder().decode(json.dumps(document(type_)).encode()) == Unknown(type_)


@pytest.mark.parametrize(
    ("kind", "topic"), [(k, "pantau.agents" if k >= 20 else "pantau.contacts") for k in Kind]
)
def test_agents_have_a_topic_of_their_own(kind: Kind, topic: str) -> None:
    assert topic_of(Event("x", Fact(AT, kind, UID))) == topic


# Refusals: the reason is a label, the detail names the place and never the value.


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", RejectReason.JSON),
        (b"   ", RejectReason.JSON),
        (b"{", RejectReason.JSON),
        (b'{"a":1}x', RejectReason.JSON),
        (b"\xff\xfe{}", RejectReason.JSON),
        (b"null", RejectReason.SCHEMA),
        (b"[]", RejectReason.SCHEMA),
        (b"{}", RejectReason.SCHEMA),
        (b'"visit.queued"', RejectReason.SCHEMA),
        (b"[" * 10_000, RejectReason.JSON),
        (b'{"type":"' + b"x" * MAX_RECORD_BYTES, RejectReason.TOO_LARGE),
    ],
)
def test_bytes_that_are_no_event(raw: bytes, reason: RejectReason) -> None:
    assert refusal(raw).reason is reason


@pytest.mark.parametrize("field", ["specversion", "id", "source", "time", "subject", "data"])
def test_a_missing_field_is_named(field: str) -> None:
    found = document()
    del found[field]
    bad = refusal(found)
    assert bad.reason is RejectReason.SCHEMA
    assert bad.detail.startswith(f"{field}: ")


def test_without_a_type_nothing_is_known() -> None:
    found = document()
    del found["type"]
    assert refusal(found).reason is RejectReason.SCHEMA


PRIVATE = "\x07+62-812-3456-7890"


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("specversion", document(specversion="0.3")),
        ("id", document(id="")),
        ("id", document(id="x" * 129)),
        ("id", document(id=PRIVATE)),
        ("source", document(source=7)),
        ("subject", document(subject="a\tb")),
        ("subject", document(subject="")),
        ("time", document(time="yesterday")),
        ("time", document(time=1_795_255_200)),
        ("time", document(time="2026-02-30T10:00:00Z")),
        ("time", document(time="2026-11-21T10:00:00")),
        ("time", document(time="9" * 41)),
        ("data.queue", document(data={})),
        ("data.queue", document(data={"queue": ""})),
        ("data.queue", document(data={"queue": "q" * 65})),
        ("data.queue", document(data={"queue": PRIVATE})),
        ("data.channel", document(data={"queue": "q", "channel": "fax"})),
        ("data.visit", document(data={"queue": "q", "visit": 0})),
        ("data.visit", document(data={"queue": "q", "visit": 1000})),
        ("data.visit", document(data={"queue": "q", "visit": 1.5})),
        ("data.priority", document(data={"queue": "q", "priority": -1})),
        ("data.reason", document("visit.left", data={"reason": "bored"})),
        ("data.agent", document("offer.made", data={})),
        ("data.state", document("agent.state", data={"state": "napping"})),
        ("data.capacity", document("agent.state", data={"state": "hold", "capacity": 101})),
        *(
            (f"data.capacity.{place}", document("agent.state", data={"state": "hold", "capacity": told}))
            for place, told in (
                ("by_channel", {}),
                ("by_channel.voice", {"chat": 3, "voice": 101}),
                ("by_channel.chat", {"chat": -1}),
                ("by_channel.?.[key]", {"fax": 1}),
            )
        ),
        ("data.queues", document("agent.state", data={"state": "hold", "queues": ["q"] * 65})),
        ("data.queues.1", document("agent.state", data={"state": "hold", "queues": ["q", "a\tb"]})),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(place: str, found: dict[str, Any]) -> None:
    bad = refusal(found)
    assert bad.reason is RejectReason.SCHEMA
    assert bad.detail.startswith(f"{place}: ")
    assert PRIVATE.strip("\x07") not in bad.detail


def test_a_record_right_at_the_limit_is_read() -> None:
    found = document(data={"queue": "billing", "note": ""})
    room = MAX_RECORD_BYTES - len(json.dumps(found))
    found["data"]["note"] = "x" * room
    assert len(json.dumps(found)) == MAX_RECORD_BYTES
    assert decoded(found).subject == "c-1"
    found["data"]["note"] += "x"
    assert refusal(found).reason is RejectReason.TOO_LARGE


# Clocks.


@pytest.mark.parametrize(("ahead_ms", "accepted"), [(MAX_AHEAD_MS, True), (MAX_AHEAD_MS + 1, False)])
def test_how_far_ahead_of_its_receipt_an_event_may_be(ahead_ms: int, *, accepted: bool) -> None:
    if accepted:
        assert decoded(document(), received_ms=AT - ahead_ms).fact.at_ms == AT
    else:
        assert refusal(document(), received_ms=AT - ahead_ms).reason is RejectReason.CLOCK


def test_an_event_may_be_as_old_as_it_likes_after_1990() -> None:
    assert decoded(document(time=instant_text(EARLIEST_MS)), received_ms=AT).fact.at_ms == EARLIEST_MS
    assert refusal(document(time=instant_text(EARLIEST_MS - 1))).reason is RejectReason.CLOCK


def test_decoders_are_found_by_their_names() -> None:
    assert {name: decoder().name for name, decoder in DECODERS.items()} == {
        "canonical": "canonical",
        "anonymous-bank": "anonymous-bank",
    }


# Binary mode: the attributes are headers, the value is the data.


def headers(**changed: bytes | None) -> list[tuple[str, bytes]]:
    found = document()
    del found["data"]
    attributes = {name: text.encode() for name, text in found.items()} | changed
    return [
        ("content-type", b"application/json"),
        *((f"ce_{name}", text) for name, text in attributes.items()),
    ]  # type: ignore[list-item] # a broker may hand over a header without a value


def binary(value: bytes | None, **changed: bytes | None) -> Event:
    (event,) = DECODER.decode(structured(headers(**changed), value) or b"")
    return event


def test_both_modes_say_the_same() -> None:
    assert binary(b'{"queue":"billing"}') == decoded(document())
    assert binary(b' {"queue" : "billing"}\n') == decoded(document())
    odd = 'a "b" \\ 客服'
    assert binary(b'{"queue":"billing"}', subject=odd.encode()) == decoded(document(subject=odd))


@pytest.mark.parametrize("value", [None, b""])
def test_without_a_value_there_is_no_data(value: bytes | None) -> None:
    bare = document("contact.started")
    del bare["data"]
    assert binary(value, type=b"contact.started") == decoded(bare)


def test_headers_of_others_make_no_binary_mode() -> None:
    assert structured([("traceparent", b"00-1"), ("content-type", b"x")], b"{}") == b"{}"
    assert structured([], None) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", RejectReason.JSON),
        (b"queue=billing", RejectReason.JSON),
        (b"[]", RejectReason.SCHEMA),
        (b"{}", RejectReason.SCHEMA),
        (b'{"queue":"%s"}' % (b"x" * MAX_RECORD_BYTES), RejectReason.TOO_LARGE),
        (b'{"queue":"billing"},"subject":"other"', RejectReason.JSON),  # not to be read as another attribute
    ],
)
def test_bad_data_is_refused(value: bytes, reason: RejectReason) -> None:
    with pytest.raises(BadRecord) as caught:
        binary(value)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "changed",
    [
        {"id": b""},
        {"time": b"yesterday"},
        {"subject": b"\xff\x00"},
        {"specversion": b"2.0"},
        {"subject": None},
    ],
    ids=str,
)
def test_bad_attributes_are_refused(changed: dict[str, bytes | None]) -> None:
    with pytest.raises(BadRecord) as caught:
        binary(b'{"queue":"billing"}', **changed)
    assert caught.value.reason is RejectReason.SCHEMA
