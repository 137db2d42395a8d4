"""Who is behind a difference: the contact whose events differ, else those that the figure counts."""

from pathlib import Path

import pytest
from support import factories
from support.audited import LOG, audited, taken, written
from support.scenario import Centre, finished

from stream.audit.board import known_to, terms_of
from stream.audit.recomputation import Audit, FigureKey
from stream.board.document import document
from stream.domain.fact import Event
from stream.settings import Settings

pytestmark = [pytest.mark.pure, pytest.mark.long]

OFFERED = FigureKey("queue", "billing", "voice", "60m", "offered")


def events() -> list[Event]:
    return [
        *factories.of("c1", factories.queued(0), factories.answered(5)),
        *factories.of("c2", factories.queued(1), factories.abandoned(50)),
        *factories.of("c3", factories.queued(2)),
    ]


def held(audit: Audit, centre: Centre) -> list[tuple[str, str, str]]:
    async def known() -> list[tuple[str, str]]:
        return [row async for row in known_to(centre.store)]

    with audit.spool() as spool:
        for row in finished(known()):
            spool.write(row)
        audit.hold(spool)
    return audit.unlike()


@pytest.mark.parametrize(("lost", "why"), [("log", "the log lacks"), ("board", "the board lacks")])
def test_a_lost_record_is_found_and_its_contact_named(tmp_path: Path, lost: str, why: str) -> None:
    every = events()
    fewer = [event for event in every if event.subject != "c2"]
    centre = Centre().tell_all(fewer if lost == "board" else every).at(100)
    board = document(centre.board(), tenant="t")
    with Audit(tmp_path / "database") as audit:
        taken(audit, written(fewer if lost == "log" else every))
        found = {d.place: d for d in audited(audit, board, terms_of(Settings())).differences}
        assert (found[OFFERED].log, found[OFFERED].board) == ((2, 3) if lost == "log" else (3, 2))
        suspects = held(audit, centre)
        counted = (["c3", "c1"], 2) if lost == "log" else (["c2", "c3", "c1"], 3)
        assert audit.behind(OFFERED) == counted
        assert audit.behind(OFFERED, {"c2"}) == (counted if lost == "log" else (["c2"], 1))
    assert [(name, says.split(" event ")[0]) for name, _, says in suspects] == [("c2", why)]


def test_where_nothing_is_lost_nobody_is_suspected(audit: Audit) -> None:
    centre = Centre().tell_all(events()).at(100)
    board = document(centre.board(), tenant="t")
    taken(audit, written(events()))
    found = audited(audit, board, terms_of(Settings()))
    assert (found.differences, held(audit, centre)) == ([], [])
    assert found.equal > 400


def test_records_are_kept_from_one_audit_to_the_next(audit: Audit) -> None:
    every = events()
    terms = terms_of(Settings())
    for n in (3, len(every)):
        centre = Centre().tell_all(every[:n]).at(100)
        taken(audit, written(every[audit.records : n]), first=audit.records)
        assert audited(audit, document(centre.board(), tenant="t"), terms).differences == []
    assert audit.records == len(every)
    assert LOG
