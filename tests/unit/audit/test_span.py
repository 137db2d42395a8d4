"""Windows by the clocks of many zones, around the jumps of their clocks: as the board has them."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from support.audited import plain_terms

from stream.audit.recomputation import Audit
from stream.audit.terms import Terms
from stream.board.interval import Edges
from stream.board.memo import Memo
from stream.domain.civil import Clock

pytestmark = pytest.mark.pure

CLOCKS = [
    ("UTC", 0),
    ("Asia/Jakarta", 360),
    ("Asia/Kathmandu", 0),
    ("Pacific/Chatham", 165),
    ("America/Santiago", 0),
    ("America/Havana", 0),
    ("America/New_York", 90),
    ("Europe/Berlin", 150),
    ("Australia/Lord_Howe", 0),
    ("Antarctica/Troll", 60),
]
INSTANTS = [
    "2026-09-26T14:05:00Z",  # Chatham jumps at 02:45
    "2026-09-06T04:10:00Z",  # in Santiago midnight is skipped
    "2026-11-01T05:40:00Z",  # in Havana and New York an hour comes twice
]


def terms() -> Terms:
    rows = plain_terms(contacts_ms=1, agents_ms=1).rows
    own = [(zone, "voice", zone, day_start) for zone, day_start in CLOCKS]
    return Terms({**rows, "clock": [("", "", "UTC", 0), *own]})


@pytest.mark.parametrize("instant", INSTANTS)
def test_windows_are_those_of_the_board(audit: Audit, up_to: Callable[[str], None], instant: str) -> None:
    up_to("span")
    now_ms = round(datetime.fromisoformat(instant).timestamp() * 1000)
    audit.recompute(terms(), now_ms=now_ms, positions={}, queues=[(zone, "voice") for zone, _ in CLOCKS])
    found = {
        (zone, window): edges
        for zone, window, *edges in audit._rows('SELECT queue, "window", from_ms, to_ms FROM row_span')
    }
    wanted = {
        (zone, window): [interval.from_ms, interval.to_ms]
        for zone, day_start in CLOCKS
        for window, interval in Edges(Memo())
        .intervals(Clock(ZoneInfo(zone), day_start), now_ms, lambda _: None)
        .items()
    }
    assert found == wanted
