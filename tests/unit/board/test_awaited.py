"""Queues and teams that settings or agents name are on the board before their first contact."""

from typing import Any

import pytest
from support.factories import ms
from support.scenario import Centre

from stream.board.document import document
from stream.domain.naming import Naming
from stream.domain.staffing import StaffingRules, Team

pytestmark = pytest.mark.pure

NAMING = Naming({"preset": (), "orders": ("voice", "chat")}, {("orders", "chat"): "Orders, written"})


def centre() -> Centre:
    staffing = StaffingRules(teams={"north": Team("Team North", "Kiel")})
    return Centre(naming=NAMING, staffing=staffing)


def rows(of: Centre) -> list[tuple[str, str | None]]:
    return [(row.queue, row.channel) for row in of.board().queues]


def test_they_are_there_with_zeros() -> None:
    found = document(centre().at(5).board(), tenant="t")
    names = [(row["queue"], row["channel"], row["display_name"]) for row in found["queues"]]
    assert names == [("orders", "chat", "Orders, written"), ("orders", "voice", ""), ("preset", "voice", "")]
    for row in found["queues"]:
        assert row["totals"]["offered"] == row["now"]["waiting"] == row["windows"]["30m"]["offered"] == 0
        assert row["windows"]["30m"]["service_level_ratio"] is None
        assert row["now"]["open"]
    [team] = found["agents"]
    assert (team["team"], team["display_name"], team["site"]) == ("north", "Team North", "Kiel")
    assert set(team["agents"].values()) == {0}
    assert (found["state"], found["all"]["now"]["open"]) == ("empty", True)


def test_a_queue_that_agents_serve_is_there_while_they_are_told_to() -> None:
    of = centre().agent("ana", "available", queues=("vip", "orders")).at(5)
    assert rows(of) == [("orders", "chat"), ("orders", "voice"), ("preset", "voice"), ("vip", "voice")]
    assert of.queue("vip").now.agents == {"available": 1}
    assert ("vip", "voice") not in rows(of.agent("ana", "available", queues=("orders",)).at(6))


def test_the_first_contact_turns_an_awaited_queue_into_one_that_is_counted() -> None:
    of = centre().at(5)
    before = of.queue("preset").totals
    of.queued("c1", "preset").at(9).answered("c1").at(10)
    assert (before.offered, of.queue("preset").totals.offered) == (0, 1)
    assert of.queue("preset").windows["30m"].service_level_ratio == 1.0


def test_a_queue_whose_channel_is_open_is_where_its_first_contact_is() -> None:
    of = centre().at(5)
    of.board()
    of.queued("c1", "preset", "email").at(10)
    assert rows(of) == [("orders", "chat"), ("orders", "voice"), ("preset", "email")]
    of.queued("c2", "preset", "voice").at(20)
    assert of.queue("preset", "voice").totals.offered == 1


def test_what_stood_for_a_queue_is_forgotten_when_it_comes_back() -> None:
    of = centre().agent("ana", "available", queues=("vip",)).at(5)
    of.board()
    of.agent("ana", "available").at(6).board()
    of.queued("c1", "vip").at(7)
    assert of.queue("vip").totals.offered == of.queue("vip").windows["5m"].offered == 1


def test_windows_are_moved_on_for_them_as_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    of, moved = centre().at(5), list[Any]()
    of.board()
    window = of.model.window
    monkeypatch.setattr(of.model, "window", lambda *asked: moved.append(asked[1]) or window(*asked))
    of._builder.roll(ms(40), ("5m",))
    assert moved == ["5m"] * 3
