"""The call log of a small bank: what a row means, told by the rules of its publishers."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from stream.adapters.base import Skipped
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.domain.fact import Event
from stream.domain.kinds import Kind
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure

COLUMNS = (
    *("line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time"),
    *("q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server"),
)
ANSWERED = {
    "line": "AA0101",
    "call_id": "33116",
    "customer_id": "9664491",
    "priority": "2",
    "type": "PS",
    "date": "990201",
    "vru_entry": "10:00:00",
    "vru_exit": "10:00:06",
    "vru_time": "6",
    "q_start": "10:00:06",
    "q_exit": "10:00:36",
    "q_time": "30",
    "outcome": "AGENT",
    "ser_start": "10:00:35",
    "ser_exit": "10:02:00",
    "ser_time": "85",
    "server": "agent-07",
}


def row(**changed: str) -> bytes:
    return "\t".join({**ANSWERED, **changed}[column] for column in COLUMNS).encode()


def decoded(**changed: str) -> list[Event]:
    return list(AnonymousBankDecoder().decode(row(**changed)))


def told(**changed: str) -> list[tuple[str, int]]:
    """What happened, and how many seconds after the local midnight of the row's date."""
    date = datetime.strptime({**ANSWERED, **changed}["date"], "%y%m%d").replace(
        tzinfo=ZoneInfo("Asia/Jerusalem")
    )
    return [
        (Kind(fact.kind).name.lower(), (fact.at_ms - round(date.timestamp() * 1000)) // 1000)
        for _, fact in decoded(**changed)
    ]


AT_10 = 10 * 3600


def test_an_answered_call() -> None:
    assert told() == [
        ("contact_started", AT_10),
        ("visit_queued", AT_10 + 6),
        ("visit_answered", AT_10 + 36),  # entry plus wait, whatever the service columns say
        ("leg_ended", AT_10 + 36 + 85),
        ("leg_wrapped_up", AT_10 + 36 + 85),
        ("contact_ended", AT_10 + 36 + 85),
    ]


def test_a_call_that_was_not_queued_is_answered_at_once() -> None:
    assert told(q_start="0:00:00", q_exit="0:00:00", q_time="0")[1:3] == [
        ("visit_queued", AT_10 + 6),
        ("visit_answered", AT_10 + 6),
    ]


def test_queued_for_no_time_is_queued() -> None:
    assert told(q_start="10:00:08", q_time="0")[1:3] == [
        ("visit_queued", AT_10 + 8),
        ("visit_answered", AT_10 + 8),
    ]


def test_a_wait_without_a_beginning_begins_after_the_menu() -> None:
    assert told(q_start="0:00:00", q_time="12")[1:3] == [
        ("visit_queued", AT_10 + 6),
        ("visit_answered", AT_10 + 18),
    ]


def test_an_abandoned_call_ends_as_it_leaves_and_its_service_is_noise() -> None:
    assert told(outcome="HANG", ser_time="999", server="agent-01") == [
        ("contact_started", AT_10),
        ("visit_queued", AT_10 + 6),
        ("visit_abandoned", AT_10 + 36),
        ("contact_ended", AT_10 + 36),
    ]


def test_after_midnight_is_the_next_day() -> None:
    found = told(vru_entry="23:59:50", vru_exit="23:59:56", q_start="0:00:10", q_time="30")
    assert found[0] == ("contact_started", 86_390)
    assert found[1] == ("visit_queued", 86_410)
    assert found[2] == ("visit_answered", 86_440)


def test_a_clock_that_steps_back_a_minute_stays_on_its_day() -> None:
    assert told(q_start="9:59:10")[1] == ("visit_queued", AT_10 - 50)


def test_times_are_local_to_israel() -> None:
    (started, *_) = decoded()
    assert started.fact.at_ms == 917_856_000_000  # 1999-02-01T08:00:00Z: winter, two hours ahead


@pytest.mark.parametrize("server", ["", "NO_SERVER"])
def test_an_unknown_agent_has_no_name(server: str) -> None:
    assert [fact.a for _, fact in decoded(server=server)[2:4]] == ["", ""]


def test_who_waits_where_and_who_answers() -> None:
    _, queued, answered, *_ = decoded(type="NW")
    assert (queued.fact.a, queued.fact.b, answered.fact.a) == ("NW", "voice", "agent-07")


def test_a_call_is_known_by_line_date_number_and_entry() -> None:
    subjects = {
        decoded(**changed)[0].subject
        for changed in (
            {},
            {"line": "AA0102"},
            {"date": "990202"},
            {"call_id": "33117"},
            {"vru_entry": "10:00:01"},
        )
    }
    assert len(subjects) == 5
    assert decoded(customer_id="1", priority="0")[0].subject == decoded()[0].subject


def test_every_event_of_a_call_has_its_identity_and_the_same_one_again() -> None:
    identities = [fact.uid for _, fact in decoded()]
    assert len(set(identities)) == 6
    assert [fact.uid for _, fact in decoded()] == identities
    assert not any("9664491" in identity for identity in identities)  # the customer is never read


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_end_of_a_line_is_no_part_of_it(end: bytes) -> None:
    assert list(AnonymousBankDecoder().decode(row(server="agent-07") + end)) == decoded()


def test_the_heading_says_nothing() -> None:
    assert list(AnonymousBankDecoder().decode(b"vru+line\tcall_id\tcustomer_id")) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"outcome": "PHANTOM"}, "phantom"),
        ({"outcome": "PHANTOM", "q_time": "no number"}, "phantom"),
        ({"outcome": "HANG", "q_start": "0:00:00", "q_time": "0"}, "hung_up_in_menu"),
    ],
)
def test_what_is_no_visit_is_counted_by_name(changed: dict[str, str], reason: str) -> None:
    assert AnonymousBankDecoder().decode(row(**changed)) == Skipped(reason)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"outcome": "TRANSFER"}, RejectReason.SCHEMA),
        ({"outcome": ""}, RejectReason.SCHEMA),
        ({"type": ""}, RejectReason.SCHEMA),
        ({"date": "990230"}, RejectReason.SCHEMA),
        ({"date": "1999-02-01"}, RejectReason.SCHEMA),
        ({"vru_entry": "ten"}, RejectReason.SCHEMA),
        ({"vru_entry": "10:00"}, RejectReason.SCHEMA),
        ({"q_start": "10:00:00:00"}, RejectReason.SCHEMA),
        ({"q_time": "NaN"}, RejectReason.SCHEMA),
        ({"q_time": "1.5"}, RejectReason.SCHEMA),
        ({"ser_time": ""}, RejectReason.SCHEMA),
        ({"q_time": "-1"}, RejectReason.CLOCK),
        ({"q_time": "86400"}, RejectReason.CLOCK),
        ({"ser_time": "-1"}, RejectReason.CLOCK),
    ],
)
def test_what_cannot_be_read_is_refused(changed: dict[str, str], reason: RejectReason) -> None:
    with pytest.raises(BadRecord) as bad:
        decoded(**changed)
    assert bad.value.reason is reason


@pytest.mark.parametrize(
    "value", [b"", b"a\tb", row() + b"\tmore", b"\xff" * 17, row()[:-20].rpartition(b"\t")[0]]
)
def test_what_is_no_row_is_refused(value: bytes) -> None:
    with pytest.raises(BadRecord) as bad:
        AnonymousBankDecoder().decode(value)
    assert bad.value.reason is RejectReason.SCHEMA
