"""The audit takes what was told again for what it is, however its source had spelt it."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.audited import audited_once, readable, written
from support.factories import T0
from support.scenario import Centre

from stream.audit.board import NO_LIMIT, terms
from stream.board.document import document
from stream.domain.definition import GHOST_AFTER_MS, definitions
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable

pytestmark = pytest.mark.pure

_NUMBERS = iter(range(100))


def raw(type_: str, time: str, data: dict[str, Any], **more: str) -> bytes:
    """A record as a source may spell it."""
    return json.dumps(
        {
            "data": data,
            "type": type_,
            "time": time,
            "subject": "c1",
            "source": "/acd",
            "id": f"e{next(_NUMBERS)}",
            "specversion": "1.0",
            "traceparent": "00-ab",
            **more,
        },
        indent=1,
    ).encode()


WAITS = {"state": "waiting", "queue": "Rückfragen", "visit": 2, "since": "2026-11-21T11:00:05+01:00"}
LOG = [
    raw("visit.queued", "2026-11-21t10:00:00z", {"queue": "Rückfragen", "priority": 3, "visit": 1}),
    raw("visit.answered", "2026-11-21T05:00:03.5-05:00", {"accepted": "2026-11-21T10:00:02Z", "agent": "a"}),
    raw("contact.snapshot", "2026-11-21T12:00:00Z", WAITS),
    raw(
        "agent.snapshot",
        "2026-11-21T12:00:00Z",
        {"state": "not_ready", "since": "2026-11-21T10:00:07Z", "team": "north", "capacity": {"chat": 2}},
        subject="a1",
    ),
    raw("visit.queued", "2026-11-21T10:00:09Z", {"queue": "Q", "channel": "email"}, id="q", subject="c2"),
    raw(
        "event.corrected",
        "2026-11-21T10:00:30Z",
        {"id": "q", "type": "visit.queued", "time": "2026-11-21T11:00:08+01:00", "data": {"queue": "P"}},
        subject="c2",
    ),
]


def test_the_board_and_the_audit_agree_on_a_log_with_events_told_again(tmp_path: Path) -> None:
    events = readable(LOG)
    assert len(events) == len(LOG)
    records = [*LOG, *written(events)]
    rules, timetable = definitions(), Timetable()
    centre = Centre(rules, timetable, retention=NO_LIMIT).tell_all(events)
    centre.now_ms = T0 + 30 * 3_600_000
    once = document(centre.board(), tenant="t")
    twice = document(centre.tell_all(readable(records[len(LOG) :])).board(), tenant="t")
    assert {**twice, "positions": {}} == {**once, "positions": {}}
    given = terms(rules, timetable, StaffingRules(), GHOST_AFTER_MS, NO_LIMIT)
    found = audited_once(tmp_path / "db", records, twice, given)
    assert found.differences == []
    assert found.equal
