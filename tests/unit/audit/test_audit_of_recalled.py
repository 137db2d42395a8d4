"""The audit takes what a changelog kept as if it were the beginning of the log."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.audited import LOG as ONE
from support.audited import audited, audited_once, readable, taken
from support.factories import T0
from support.scenario import Centre

from stream.audit.board import NO_LIMIT, terms
from stream.audit.recomputation import Audit
from stream.audit.records import recalled_into
from stream.board.document import document
from stream.domain.definition import STUCK_AFTER_MS, definitions
from stream.domain.fold import Retention
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable
from stream.store.partition import Partition

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


def test_what_was_open_before_the_log_begins_is_audited_as_if_the_log_had_it(tmp_path: Path) -> None:
    events = readable(LOG)
    assert len(events) == len(LOG)
    end = raw("visit.left", "2026-12-11T10:00:00Z", {"reason": "error"}, id="end", subject="c2")
    rules, timetable = definitions(), Timetable()
    centre = Centre(rules, timetable, retention=NO_LIMIT).tell_all([*events, *readable([end])])
    centre.now_ms = T0 + (20 * 24 + 1) * 3_600_000
    board = document(centre.board(), tenant="t")
    given = terms(rules, timetable, StaffingRules(), STUCK_AFTER_MS, Retention())  # all of it is too old
    with Audit(tmp_path / "db") as audit:
        with audit.spool() as spool:
            recalled_into(spool, Partition(*ONE), events)
            audit.take(spool)
        taken(audit, [end], first=700)
        assert audit.records == len(LOG) + 1
        found = audited(audit, board, given)
    assert [d for d in found.differences if d.place.window != "totals"] == []
    assert found.equal
    assert board["agents"][0]["agents"]["not_ready"] == 1


def test_without_it_the_audit_would_miss_what_is_open(tmp_path: Path) -> None:
    rules, timetable = definitions(), Timetable()
    centre = Centre(rules, timetable, retention=NO_LIMIT).tell_all(readable(LOG))
    centre.now_ms = T0 + 30 * 3_600_000
    given = terms(rules, timetable, StaffingRules(), STUCK_AFTER_MS, NO_LIMIT)
    found = audited_once(tmp_path / "db", [], document(centre.board(), tenant="t"), given)
    assert [d for d in found.differences if d.place.window == "now"]
