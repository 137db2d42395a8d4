"""What the log says of odd records: soon, with a place, and no more than a line a minute of each kind."""

import pytest
from support.factories import AGENTS, CONTACTS, ms

from stream.domain.oddity import MISPLACED, UNKNOWN, Sighting, Sort
from stream.store.partition import Partition
from stream.worker.notices import Notices

pytestmark = pytest.mark.pure


def refused(
    offset: int, reason: str = "schema", source: str = "/pbx", detail: str = "time: missing"
) -> Sighting:
    return Sighting(Sort(reason, source), offset, ms(0), detail)


def test_the_first_is_told_at_once_with_its_place_and_what_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    Notices().take(CONTACTS, [refused(1234)], ms(0))
    assert caplog.messages == [
        "record_refused at=pantau.contacts:0:1234 reason=schema source=/pbx since_last=1: time: missing"
    ]
    assert caplog.records[0].levelname == "WARNING"


def test_a_reason_has_one_line_a_minute_that_tells_how_many_since(caplog: pytest.LogCaptureFixture) -> None:
    notices = Notices()
    for second in range(150):
        notices.take(CONTACTS, [refused(10 * second), refused(10 * second + 1)], ms(second))
    told = [message.split(" reason")[0] + message.split("/pbx")[1] for message in caplog.messages]
    assert told == [
        "record_refused at=pantau.contacts:0:1 since_last=2: time: missing",
        "record_refused at=pantau.contacts:0:601 since_last=120: time: missing",
        "record_refused at=pantau.contacts:0:1201 since_last=120: time: missing",
    ]


def test_what_came_within_the_minute_is_told_after_it_though_nothing_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    notices = Notices()
    notices.take(CONTACTS, [refused(1)], ms(0))
    notices.take(CONTACTS, [refused(2)], ms(1))
    for second in range(2, 200):
        notices.log_due(CONTACTS, ms(second))
    assert [message.split()[1] for message in caplog.messages] == [
        "at=pantau.contacts:0:1",
        "at=pantau.contacts:0:2",
    ]


def test_reasons_and_partitions_do_not_wait_for_each_other(caplog: pytest.LogCaptureFixture) -> None:
    notices = Notices()
    for number, place in enumerate([CONTACTS, AGENTS, Partition("pantau.contacts", 1)]):
        notices.take(place, [refused(number), refused(number, "json", "")], ms(number))
    assert len(caplog.messages) == 6
    assert "reason=json source=unknown" in caplog.messages[1]


def test_what_is_left_is_told_when_a_partition_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    notices = Notices()
    notices.take(CONTACTS, [refused(1)], ms(0))
    notices.take(CONTACTS, [refused(2), refused(3)], ms(1))
    notices.revoke(CONTACTS)
    notices.revoke(CONTACTS)
    assert len(caplog.messages) == 2
    assert "since_last=2" in caplog.messages[1]


def test_a_clock_that_goes_back_silences_nothing(caplog: pytest.LogCaptureFixture) -> None:
    notices = Notices()
    notices.take(CONTACTS, [refused(1)], ms(9_000))
    notices.take(CONTACTS, [refused(2)], ms(0))
    assert len(caplog.messages) == 2


def test_misplaced_records_and_unknown_types_are_named(caplog: pytest.LogCaptureFixture) -> None:
    seen = [Sighting(Sort(UNKNOWN, f"visit.x{n}"), n, ms(0)) for n in range(20)]
    Notices().take(CONTACTS, [*seen, Sighting(Sort(MISPLACED, "/chat"), 77, ms(0), records=5)], ms(0))
    unknown, misplaced = caplog.messages
    types = ",".join(f"visit.x{n}" for n in range(8))
    assert unknown.startswith(f"type_unknown at=pantau.contacts:0:19 types={types} since_last=20: ")
    assert misplaced.startswith("record_misplaced at=pantau.contacts:0:77 source=/chat since_last=5: ")


def test_a_detail_breaks_no_line(caplog: pytest.LogCaptureFixture) -> None:
    Notices().take(CONTACTS, [refused(1, detail="a\nb\x1b[31m")], ms(0))
    assert caplog.messages[0].endswith(r"'a\nb\x1b[31m'")
