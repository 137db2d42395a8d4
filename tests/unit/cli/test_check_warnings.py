import pytest
from support.factories import CONTACTS

from stream.board.last_hour import LastHour, OddRecords
from stream.cli.check import _warnings
from stream.domain.oddity import MISPLACED, UNKNOWN

pytestmark = pytest.mark.pure


def odd(kind: str, name: str, records: int, offset: int = 7) -> OddRecords:
    return OddRecords("pantau.contacts", kind, name, records, (CONTACTS, offset))


def test_nothing_odd_is_not_told() -> None:
    assert list(_warnings(LastHour())) == []


def test_each_kind_is_told_with_its_places() -> None:
    sorts = (
        *(odd("schema", "/pbx", 1_200, 90), odd(MISPLACED, "/chat", 3)),
        *(odd("json", "", 1), odd(UNKNOWN, "visit.x", 2)),
    )
    refused, misplaced, unknown = _warnings(LastHour(1_201, 3, 2, sorts))
    assert refused == (
        "1,201 records refused in the last hour (1,200 schema of /pbx, latest pantau.contacts:0:90; "
        "1 json of an unknown source, latest pantau.contacts:0:7): see `pantau dead-letters list`"
    )
    assert misplaced == (
        "3 records of the last hour have another key than their subject (3 /chat, latest "
        "pantau.contacts:0:7): they may lie apart from the rest of their contact or agent; key every record "
        "by its subject"
    )
    assert unknown == (
        "2 records of the last hour are of unknown types (2 visit.x, latest pantau.contacts:0:7), "
        "and passed over"
    )


def test_many_sorts_are_cut() -> None:
    sorts = tuple(odd(UNKNOWN, f"visit.{n}", 1) for n in range(9))
    (text,) = _warnings(LastHour(0, 0, 9, sorts))
    assert text.count("visit.") == 5
    assert "and others" in text
