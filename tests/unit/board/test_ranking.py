"""Agents ranked by the offers they took; kept only where somebody asked for it."""

import pytest
from support.factories import abandoned, answered, declined, ended, offered, queued, wrapped_up
from support.scenario import Centre

from stream.board.ranking import ranking
from stream.domain.definition import definitions
from stream.domain.fact import Fact

pytestmark = pytest.mark.pure


def took(at: float, agent: str) -> list[Fact]:
    end = at + 20
    taken = answered(at + 2, agent)._replace(c="north")
    return [queued(at), offered(at + 1, agent, "north"), taken, ended(end), wrapped_up(end + 5)]


def centre(*, by_agent: bool = True) -> Centre:
    found = Centre(definitions(by_agent=by_agent))
    for n in range(20):
        found.tell(f"a{n}", *took(n, "ana"))
    found.tell("refused", queued(30), offered(31, "ana", "north"), declined(35, "ana", "north"))
    for n in range(2):
        found.tell(f"b{n}", *took(n, "ben"))
    found.tell("rang", queued(40), offered(41, "ben", "north"), abandoned(45))
    return found.at(100)


def ranked(found: Centre, min_offers: int = 1) -> list[tuple[str, int, int, float | None]]:
    board = found.board()
    rows = ranking(found.model, "5m", board.all.intervals["5m"], min_offers)
    return [(r.agent, r.offers_made, r.offers_answered, r.offers_answered_ratio) for r in rows]


def test_many_taken_stand_above_all_of_few() -> None:
    assert ranked(centre()) == [("ana", 21, 20, 20 / 21), ("ben", 3, 2, 1.0)]


def test_who_had_few_offers_is_not_ranked_and_an_abandon_is_nobodys_miss() -> None:
    assert ranked(centre(), min_offers=3) == [("ana", 21, 20, 20 / 21)]
    found = centre()
    (_, ben) = ranking(found.model, "5m", found.board().all.intervals["5m"], 1)
    assert (ben.offers_abandoned, ben.handled, ben.aht_seconds) == (1, 2, 23.0)


def test_nothing_is_kept_of_single_agents_unasked() -> None:
    found = centre(by_agent=False)
    assert ranked(found) == []
    assert not any(name.startswith("g") for name in found.model.series)


def test_offers_are_shown_by_team() -> None:
    (team,) = centre().board().staff.teams
    did = team.windows["5m"]
    assert (did.offers_made, did.offers_answered, did.offers_declined, did.offers_abandoned) == (24, 22, 1, 1)
    assert did.offers_answered_ratio == 22 / 23
