"""Late corrections can only be bounded: the board shows no more than the log says there can be."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from support import factories
from support.audited import audited, taken, written
from support.factories import fact, of
from support.scenario import Centre

from stream.audit.board import terms_of
from stream.audit.comparison import shown_figures
from stream.audit.recomputation import Audit, FigureKey
from stream.board.document import document
from stream.domain.fact import fact_text
from stream.domain.kinds import Kind
from stream.settings import Settings

pytestmark = [pytest.mark.pure, pytest.mark.long]

BILLING = FigureKey("queue", "billing", "voice", "60m", "late_corrections")
ALL = BILLING._replace(scope="all", queue="", channel="")
#: Late are c2's entry, told twice, and answer; c1's correction; c3's end, who never queued; c5's answer, who
#: was put into sales by a correction.
EVENTS = [
    *of("c1", factories.queued(0)),
    *of("c1", factories.answered(500)),
    *of("c2", factories.queued(100), factories.queued(100), factories.answered(120)),
    *of("c1", fact(Kind.CONTACT_CORRECTED, 400, text=("/p\tx", "", fact_text(factories.queued(1, "sales"))))),
    *of("c3", factories.contact_ended(200)),
    *of("c4", factories.queued(440)),
    *of(
        "c5", fact(Kind.CONTACT_CORRECTED, 450, text=("/p\ty", "", fact_text(factories.queued(90, "sales"))))
    ),
    *of("c5", factories.answered(150)),
]
CUTS = {"one": (), "few": (1, 2, 6, 9), "each": tuple(range(1, len(EVENTS)))}


def told(cuts: Sequence[int]) -> Centre:
    """The events in batches that end at `cuts`."""
    centre = Centre().at(600)
    for low, high in pairwise((0, *cuts, len(EVENTS))):
        centre.tell_all(EVENTS[low:high]).board()
    return centre


@pytest.mark.parametrize(("cuts", "shown"), [("one", 0), ("few", 4), ("each", 4)])
def test_however_records_fell_into_batches_no_more_are_shown_than_there_can_be(
    audit: Audit, cuts: str, shown: int
) -> None:
    board = document(told(CUTS[cuts]).board(), tenant="t")
    taken(audit, written(EVENTS))
    found = audited(audit, board, terms_of(Settings()))
    assert found.differences == []
    assert found.within > 0
    assert shown_figures(board)[ALL] == shown
    figures = dict(audit.figures())
    assert figures[ALL] == 4
    assert figures[BILLING] == 3
    assert figures[BILLING._replace(queue="sales")] == 2  # c1 was corrected to it
    assert figures[BILLING._replace(window="1m")] == 0


def test_more_than_there_can_be_is_a_difference(audit: Audit) -> None:
    board = document(told(CUTS["each"]).board(), tenant="t")
    board["all"]["windows"]["60m"]["late_corrections"] += 1
    taken(audit, written(EVENTS))
    assert [d.place for d in audited(audit, board, terms_of(Settings())).differences] == [ALL]
