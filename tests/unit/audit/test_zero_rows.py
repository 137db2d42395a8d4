"""Rows of queues and teams before their first contact are what the log says: nothing."""

from pathlib import Path

import pytest
from support.audited import audited_once, written
from support.factories import answered, of, queued, state
from support.scenario import Centre

from stream.audit.board import terms
from stream.board.document import document
from stream.domain.definition import STUCK_AFTER_MS, definitions
from stream.domain.fold import Retention
from stream.domain.naming import Naming
from stream.domain.staffing import StaffingRules, Team
from stream.domain.timetable import Timetable

pytestmark = pytest.mark.pure


def test_zeros_are_equal_and_compared(tmp_path: Path) -> None:
    naming, staffing = (
        Naming({"preset": (), "mail": ("email",)}),
        StaffingRules(teams={"night": Team("Night")}),
    )
    events = [
        *of("ana", state(1, "available", team="day", queues=("vip", "billing"))),
        *of("c1", queued(2), answered(5)),
    ]
    centre = Centre(naming=naming, staffing=staffing).tell_all(events).at(30)
    board = document(centre.board(), tenant="t")
    assert [row["queue"] for row in board["queues"]] == ["billing", "mail", "preset", "vip"]
    assert [row["team"] for row in board["agents"]] == ["day", "night"]
    found = audited_once(
        tmp_path,
        written(events),
        board,
        terms(definitions(), Timetable(), staffing, STUCK_AFTER_MS, Retention()),
    )
    assert found.differences == []
    assert found.queues == {("billing", "voice"), ("mail", "email"), ("preset", "voice"), ("vip", "voice")}
