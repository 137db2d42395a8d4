"""Settings that change while contacts wait, at any time and in any worker: the board is what the log says."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from histories import HOUR_MS, QUEUES, TARGETS_MS, crowd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.changing import Installation, at, done, record
from support.factories import T0, corrected, of, retracted

from stream.adapters.canonical import encode
from stream.audit.board import NO_LIMIT, terms
from stream.audit.comparison import compare, shown_figures
from stream.audit.recomputation import Audit
from stream.audit.records import RecordReader
from stream.board.document import document
from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import STUCK_AFTER_MS, Attribution, ClockStop, Definition, definitions
from stream.domain.fact import Event
from stream.domain.kinds import Kind
from stream.domain.rulebook import Wanted
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable

pytestmark = [pytest.mark.pure, pytest.mark.long]

#: How far a source's clock may be ahead of ours, and how late an event may come, in ms.
_AHEAD, _LATE = 200_000, 300_000
_WORKERS = 2


def file(chance: random.Random) -> Wanted:
    """What a person may write: some queues, some with a change on a day to come or one that has passed."""
    named = {
        (queue, channel): definition(chance)
        for queue in QUEUES[:2]
        for channel in ("voice", "callback")
        if chance.random() < 0.7
    }
    steps = {
        place: ((0, first), (T0 + chance.randrange(60) * 60_000, definition(chance)))
        if chance.random() < 0.3
        else ((0, first),)
        for place, first in named.items()
    }
    targets_ms = chance.choice([(), (), TARGETS_MS])
    steps = {
        place: tuple((at_ms, replace(step, all_targets_ms=targets_ms)) for at_ms, step in timeline)
        for place, timeline in steps.items()
    }
    return Wanted(definitions(steps, {"callback": definition(chance)}, definition(chance)))


def definition(chance: random.Random) -> Definition:
    attribution = chance.choice([*Attribution])
    limits_ms = (0, 1_000, 5_000) if attribution is Attribution.DECIDED else (0, 5_000, 30_000)
    return Definition(
        chance.choice(TARGETS_MS),
        chance.choice(limits_ms),
        attribution=attribution,
        clock_stop=chance.choice([*ClockStop]),
        goal_ratio=chance.choice([0.7, 0.8, 1.0]),
        min_contacts=3,
    )


def history(chance: random.Random) -> list[tuple[int, Event]]:
    """Events and when they are received: early, late, corrected, retracted; callbacks given up before due."""
    told: list[tuple[int, Event]] = []
    for event in crowd(chance.randrange(1 << 32), contacts=60):
        fact = event.fact
        if fact.kind != Kind.VISIT_QUEUED and chance.random() < 0.2:
            fact = fact._replace(at_ms=fact.at_ms - chance.choice([1_000, 60_000, HOUR_MS // 2]))
        if fact.kind == Kind.VISIT_ANSWERED:
            fact = fact._replace(b=str(fact.at_ms - chance.choice([0, 1_000, 20_000])))
        received_ms = max(T0, fact.at_ms + chance.choice([0, 0, 500, _LATE, -_AHEAD]))
        told.append((received_ms, event._replace(fact=fact)))
        if chance.random() < 0.1:
            later = (received_ms - T0) / 1000 + chance.randrange(1_000)
            moved_ms = chance.choice([-5_000, 1, 100_000])
            moved = fact._replace(at_ms=fact.at_ms + moved_ms)
            if fact.kind == Kind.VISIT_ANSWERED:
                moved = moved._replace(b="")
            remark = retracted(later, fact) if chance.random() < 0.3 else corrected(later, fact, moved)
            told += [(round(T0 + 1000 * later) + 250_000, said) for said in of(event.subject, remark)]
    return sorted(told, key=lambda each: each[0])


@settings(max_examples=12, deadline=None, phases=(Phase.generate,))
@given(st.integers(0, 1 << 32))
def test_whoever_changes_the_settings_whenever_the_board_is_what_the_log_says(seed: int) -> None:
    chance = random.Random(seed)
    files = [file(chance) for _ in range(4)]
    centre = Installation([files[0]] * _WORKERS, T0)
    for received_ms, event in history(chance):
        centre.now_ms = max(centre.now_ms, received_ms)
        number = sum(event.subject.encode()) % _WORKERS
        if chance.random() < 0.06:
            happening(centre, files, chance)
        log = centre.logs[number]
        centre.tell(number, [record(event, len(log), centre.now_ms, encode(event))])
    centre.settle()
    centre.now_ms += chance.choice([1, 100_000, HOUR_MS])
    check(centre)


def happening(centre: Installation, files: list[Wanted], chance: random.Random) -> None:
    number, new = chance.randrange(_WORKERS), chance.choice(files)
    what = chance.random()
    if what < 0.4:
        centre.start(number, new)
    elif what < 0.7:
        centre.reload(number, new)
        centre.look(number)
    elif what < 0.95:
        centre.look(number)
    else:
        centre.rebuild(new)


def check(centre: Installation) -> None:
    book, model = centre.book, Model()
    done(Reader(centre.store, model).refresh(centre.now_ms))
    board = document(BoardBuilder(model, book.definitions).board(centre.now_ms), tenant="t")
    given_ = terms(book.definitions, Timetable(), StaffingRules(), STUCK_AFTER_MS, NO_LIMIT)
    with tempfile.TemporaryDirectory() as folder, Audit(Path(folder) / "db") as audit:
        with audit.spool() as spool:
            for number, log in enumerate(centre.logs):
                RecordReader().take(spool, at(number), log)
            audit.take(spool)
        audit.recompute(
            given_,
            now_ms=centre.now_ms,
            positions={at(number): len(log) for number, log in enumerate(centre.logs)},
            queues=[(row["queue"], row["channel"]) for row in board["queues"]],
        )
        found = compare(dict(audit.figures()), shown_figures(board), lambda _: True)
    assert found.differences == []
    assert found.equal > 100
