"""Random histories: what SQL makes of the raw records is what the board shows, to the integer."""

import random
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from histories import CHANNELS, HOUR_MS, Arrival, Rules, changing, crowd, histories, messy, rules
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.audited import audited_once, readable, written
from support.factories import T0
from support.scenario import Centre

from stream.audit.board import NO_LIMIT, terms
from stream.board.document import document
from stream.domain.civil import Clock
from stream.domain.definition import STUCK_AFTER_MS, Attribution
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable, Worktime

pytestmark = [pytest.mark.pure, pytest.mark.long]

ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Auckland")
ELSEWHERE = "Asia/Kathmandu"
#: Each example is a database of its own: to shrink one takes minutes.
UNSHRUNK = (Phase.generate,)


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(
    st.data(),
    rules(),
    histories(most_contacts=20, most_agents=0),
    st.sampled_from(ZONES),
    st.one_of(st.integers(0, 100_000), st.integers(0, 26 * HOUR_MS)),
)
def test_sql_and_board_agree(
    data: st.DataObject, chosen: Rules, history: list[Arrival], zone: str, later_ms: int
) -> None:
    events = data.draw(st.permutations(data.draw(messy([told.event for told in history]))))
    records = written(events)
    now_ms = max((told.event.fact.at_ms for told in history), default=T0) + later_ms
    elsewhere = Worktime(Clock(ZoneInfo(ELSEWHERE), 90))
    timetable = Timetable(
        Worktime(Clock(ZoneInfo(zone))), {("sales", channel): elsewhere for channel in CHANNELS}
    )
    length = data.draw(st.integers(5, 80), label="records of a batch")
    check(chosen, timetable, records, length, now_ms)


@pytest.mark.parametrize("attribution", Attribution)
@settings(max_examples=3, deadline=None, phases=UNSHRUNK)
@given(st.integers(0, 1 << 32))
def test_sql_and_board_agree_on_new_targets(attribution: Attribution, seed: int) -> None:
    chance = random.Random(seed)
    now_ms = T0 + HOUR_MS // 2 + chance.randrange(HOUR_MS)
    records = written(told for told in crowd(seed, contacts=150) if told.fact.at_ms <= now_ms)
    check(changing(chance, attribution), Timetable(), records, 200, now_ms)


def check(chosen: Rules, timetable: Timetable, records: list[bytes], length: int, now_ms: int) -> None:
    """Fold records in batches of a length, and hold the board to what SQL makes of them."""
    centre = Centre(chosen.tested, timetable, retention=NO_LIMIT)
    for at in range(0, len(records), length):
        centre.tell_all(readable(records[at : at + length])).crash()
    centre.now_ms = now_ms
    board = document(centre.board(), tenant="t")
    given_ = terms(chosen.tested, timetable, StaffingRules(), STUCK_AFTER_MS, NO_LIMIT)
    with tempfile.TemporaryDirectory() as folder:
        found = audited_once(Path(folder) / "db", records, board, given_)
    assert found.differences == []
    assert found.equal
    assert found.within
