"""Windows that are moved on before somebody asks for a board."""

import pytest
from support.factories import ms
from support.scenario import Centre

from stream.board.interval import WINDOWS
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import definitions
from stream.domain.window import Panes

pytestmark = pytest.mark.pure

QUEUES = ("billing", "sales")


def centre() -> Centre:
    found = Centre()
    for n in range(8):
        queue = QUEUES[n % 2]
        found.at(11 * n).queued(f"c{n}", queue).at(11 * n + 7).answered(f"c{n}")
    found.at(100).board()
    return found


def moves(of: Centre, monkeypatch: pytest.MonkeyPatch, builder: BoardBuilder, at: float) -> int:
    """How often a board moved the windows of queues."""
    own = [id(of.model.series[f"c\t{queue}\tvoice"].short) for queue in QUEUES]
    added, add = [], Panes._add

    def counted(panes: Panes, *where: int) -> None:
        if id(panes) in own:
            added.append(where)
        add(panes, *where)  # type: ignore[arg-type] # a window and three numbers

    with monkeypatch.context() as patch:
        patch.setattr(Panes, "_add", counted)
        builder.board(ms(at))
    return len(added)


@pytest.mark.parametrize("at", [103, 130, 400, 4_000])
def test_a_board_of_rolled_windows_is_the_same(at: float) -> None:
    plain, rolled = (BoardBuilder(centre().model, definitions()) for _ in range(2))
    for builder in (plain, rolled):
        builder.board(ms(100))
    rolled.roll(ms(at), WINDOWS)
    assert rolled.board(ms(at)) == plain.board(ms(at))


def test_what_was_rolled_is_not_moved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    of = centre()
    builder = BoardBuilder(of.model, definitions())
    builder.board(ms(100))
    without = moves(of, monkeypatch, builder, 112)
    builder.roll(ms(124), WINDOWS)
    found = moves(of, monkeypatch, builder, 125)
    assert (without > 0, found) == (True, 0)


def test_windows_are_rolled_once_for_each_pane(monkeypatch: pytest.MonkeyPatch) -> None:
    of = centre()
    builder, asked = BoardBuilder(of.model, definitions()), []
    monkeypatch.setattr(of.model, "window", lambda *_: asked.append(1))
    for at in (110, 114, 119.999, 120):
        builder.roll(ms(at), ("5m",))
    assert len(asked) == 2 * len(QUEUES)
