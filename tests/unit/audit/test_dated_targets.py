"""A new target from a date in SQL: as then defined, and by each target as now defined; by hand."""

import pytest
from support import factories
from support.audited import LOG, plain_terms, taken, written
from support.factories import ms

from stream.audit.recomputation import Audit, FigureKey
from stream.audit.terms import Terms

pytestmark = [pytest.mark.pure, pytest.mark.long]

#: 20 s and a limit of 5 s until here, 30 s and 2 s from then on.
DATE = 600
ENDS = {at: factories.answered(at + 25) for at in (400, 500, 590, 700, 710, 720)}
ENDS |= {at: factories.abandoned(at + 4) for at in (420, 730)}


def terms(attribution: str) -> Terms:
    rows = plain_terms(contacts_ms=1 << 50, agents_ms=1 << 50).rows
    said = ("drop_short", attribution, "exclude", "exclude", "connected", 20, 800_000)
    steps = [("", "", 0, 20_000, 5_000, *said), ("", "", ms(DATE), 30_000, 2_000, *said)]
    return Terms({**rows, "definition": steps, "target": [("", "", 20_000, "20"), ("", "", 30_000, "30")]})


@pytest.mark.parametrize("attribution", ["decided", "exited", "offered"])
def test_a_visit_is_held_to_the_promise_it_began_to_wait_under(audit: Audit, attribution: str) -> None:
    events = [
        event for at, end in ENDS.items() for event in factories.of(f"c{at}", factories.queued(at), end)
    ]
    taken(audit, written(events))
    audit.recompute(terms(attribution), now_ms=ms(800), positions={LOG: len(events)})
    figures = dict(audit.figures())

    def told(window: str, *names: str) -> list[float | None]:
        return [figures[FigureKey("queue", "billing", "voice", window, name)] for name in names]

    counts = (
        "answered_in_target",
        "short_abandoned",
        "service_level_by_target.20",
        "service_level_by_target.30",
    )
    # Three of six answers and one of two abandons were in time then; by now's limit both abandons are misses.
    assert told("15m", "service_level_ratio", *counts) == [3 / 7, 3, 1, 0, 6 / 8]
    assert told("totals", "service_level.drop_short", *counts) == [3 / 7, 3, 1, 0, 6 / 8]
