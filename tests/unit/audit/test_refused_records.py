"""The audit leaves out what `[limits]` refused: names as it finds itself, open contacts as told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest
from support import factories
from support.audited import LOG, audited, taken, written
from support.factories import fact, ms, of
from support.scenario import Centre

from stream.audit.board import NO_LIMIT, terms
from stream.audit.recomputation import Audit, LeftOut, Letter
from stream.audit.terms import Terms
from stream.board.document import document
from stream.domain.definition import STUCK_AFTER_MS, definitions
from stream.domain.fact import Event, fact_text
from stream.domain.fold import PartitionFold
from stream.domain.kinds import Kind
from stream.domain.limits import Held, Limits
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable

pytestmark = [pytest.mark.pure, pytest.mark.long]

MANY = 1 << 40
FEW = Limits(
    queues=4, teams=2, reasons=2, agents=4, open_contacts=MANY, always=frozenset({("queues", "q9\tvoice")})
)
BY_AGENT = (Kind.OFFER_MADE, Kind.OFFER_DECLINED, Kind.VISIT_ANSWERED, Kind.LEG_HELD, Kind.LEG_WRAPPED_UP)


def flood(chance: Random, count: int) -> list[Event]:
    """Events of every kind that names something, of few names and many; some are corrections."""
    return [_event(chance, n) for n in range(count)]


def _event(chance: Random, n: int) -> Event:
    queue, agent, team, reason = (f"{name}{chance.randrange(9)}" for name in ("q", "a", "t", "r"))
    team, reason = chance.choice(["", team]), chance.choice(["", reason])
    of_contacts = [
        factories.queued(n, queue, chance.choice(["voice", "chat"])),
        fact(Kind.VISIT_BLOCKED, n, text=(queue, "voice", "full")),
        fact(Kind.VISIT_ABANDONED, n, text=(agent, "", team)),
        *(fact(kind, n, text=(agent, "", team)) for kind in BY_AGENT),
    ]
    of_agents = [
        factories.state(n, "not_ready", team=team, reason=reason),
        factories.state(n, "available", team=team),
        fact(Kind.SCHEDULE_PUBLISHED, n, text=(str(ms(0)), str(ms(9)), team)),
        fact(Kind.AGENT_HEARTBEAT, n),
    ]
    subject, kinds, mends = chance.choice(
        [(f"c{n % 40}", of_contacts, Kind.CONTACT_CORRECTED), (agent, of_agents, Kind.AGENT_CORRECTED)]
    )
    said = chance.choice(kinds)
    if chance.random() < 0.2 and said.kind != Kind.AGENT_HEARTBEAT:
        said = fact(mends, n, text=("/p\tother", "", fact_text(said)))
    return Event(subject, said._replace(uid=f"/p\te{n}"))


def refused(events: Sequence[Event], limits: Limits, *, by_agent: bool = False) -> dict[int, str]:
    """The positions that a worker refuses, and why."""
    held, found = Held(), dict[int, str]()
    fold = PartitionFold(definitions(by_agent=by_agent), limits=limits, held=held, retention=NO_LIMIT)
    for at in range(0, len(events), 7):
        fold.fold(events[at : at + 7], {})
        changes = fold.settle({})
        held.take(changes.names, changes.opened)
        found |= {at + position: kind for position, kind in fold.refused.items()}
    return found


def given(limits: Limits | None, *, by_agent: bool = False) -> Terms:
    rules = definitions(by_agent=by_agent)
    return terms(rules, Timetable(), StaffingRules(), STUCK_AFTER_MS, NO_LIMIT, limits=limits)


@pytest.mark.parametrize("by_agent", [False, True])
def test_the_names_that_workers_refuse_are_found_in_the_log(
    audit: Audit, up_to: Callable[[str], None], *, by_agent: bool
) -> None:
    up_to("refused")
    events = flood(Random(5), 600)
    wanted = refused(events, FEW, by_agent=by_agent)
    taken(audit, written(events))
    audit.recompute(given(FEW, by_agent=by_agent), now_ms=ms(900), positions={LOG: MANY})
    assert {at for (at,) in audit._rows('SELECT "offset" FROM refused')} == wanted.keys()
    assert set(wanted.values()) == {"queues", "teams", "reasons", "agents"}
    assert sum(line.records for line in audit.left_out()) == len(wanted)
    assert not any(line.from_dead_letters for line in audit.left_out())


def test_the_board_equals_the_log_without_what_was_refused(audit: Audit) -> None:
    events = flood(Random(6), 300)
    bad = refused(events, FEW)
    centre = Centre(retention=NO_LIMIT).tell_all([e for n, e in enumerate(events) if n not in bad]).at(900)
    board = document(centre.board(), tenant="t")
    taken(audit, written(events))
    assert audited(audit, board, given(FEW)).differences == []
    assert audited(audit, board, given(None)).differences
    assert audit.left_out() == []


def test_what_is_too_much_of_one_contact_is_found_in_the_log(audit: Audit) -> None:
    """Told again, and with corrections among what comes first: it is identities that count."""
    few = Limits(contact_facts=4)
    asked = [fact(Kind.MESSAGE_SENT, 10 + n, text=("", "customer"), uid=f"m{n}") for n in range(6)]
    wrong = fact(Kind.CONTACT_RETRACTED, 5, text=("/test\tm0",))
    events = [
        *of("c1", factories.queued(0), wrong, *asked, *asked, factories.answered(30)),
        *of("c2", factories.queued(1)),
    ]
    wanted = refused(events, few)
    assert set(wanted.values()) == {"contact_facts"}
    assert len(wanted) == 9
    centre = Centre(retention=NO_LIMIT).tell_all([e for n, e in enumerate(events) if n not in wanted]).at(900)
    taken(audit, written(events))
    assert audited(audit, document(centre.board(), tenant="t"), given(few)).differences == []
    assert audit.left_out() == [LeftOut("contact_facts", from_dead_letters=False, records=9)]


def waiting(count: int) -> list[Event]:
    return [event for n in range(count) for event in of(f"c{n}", factories.queued(n))]


def recomputed(audit: Audit, letters: list[Letter], *, is_whole: bool = True) -> list[LeftOut]:
    limits = replace(FEW, open_contacts=2)
    audit.recompute(given(limits), now_ms=ms(900), positions={LOG: MANY}, letters=letters, is_whole=is_whole)
    return audit.left_out()


def test_open_contacts_are_left_out_as_told_where_there_were_as_many(
    audit: Audit, up_to: Callable[[str], None]
) -> None:
    up_to("visit")
    events = waiting(4)
    assert refused(events, replace(FEW, open_contacts=2)) == {2: "open_contacts", 3: "open_contacts"}
    taken(audit, written(events))
    told = [Letter(*LOG, at, "open_contacts") for at in (2, 3, 3, 99)]
    assert recomputed(audit, told) == [LeftOut("open_contacts", from_dead_letters=True, records=2)]
    assert audit._rows("SELECT DISTINCT subject FROM visit ORDER BY 1") == [("c0",), ("c1",)]


@pytest.mark.parametrize("letter", [Letter(*LOG, 1, "open_contacts"), Letter(*LOG, 3, "teams")])
def test_a_letter_that_the_log_contradicts_is_not_believed(
    audit: Audit, up_to: Callable[[str], None], letter: Letter
) -> None:
    up_to("refused")
    taken(audit, written(waiting(4)))
    assert recomputed(audit, [letter]) == []


def test_where_the_first_records_are_lost_names_are_as_told(
    audit: Audit, up_to: Callable[[str], None]
) -> None:
    up_to("refused")
    taken(audit, written([e for n in range(6) for e in of("c", factories.queued(n, f"q{n}", visit=n + 1))]))
    assert recomputed(audit, []) == [LeftOut("queues", from_dead_letters=False, records=2)]
    told = [Letter(*LOG, 1, "queues")]
    assert recomputed(audit, told, is_whole=False) == [LeftOut("queues", from_dead_letters=True, records=1)]
