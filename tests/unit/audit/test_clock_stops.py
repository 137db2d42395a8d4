"""What ends a wait in SQL: the connection, or that an agent accepted; by hand."""

import pytest
from support import factories
from support.audited import LOG, plain_terms, taken, written
from support.factories import T0, ms

from stream.audit.recomputation import Audit, FigureKey
from stream.audit.terms import Terms
from stream.domain.fact import Event

pytestmark = [pytest.mark.pure, pytest.mark.long]

#: 25 s and 12 s to the connection, 18 s and 10 s to the acceptance; the target is 20 s.
WHISPER = [
    *factories.of("v1", factories.queued(60), factories.answered(85, team="north", accepted=78)),
    *factories.of("v1", factories.ended(205), factories.wrapped_up(205)),
    *factories.of("v2", factories.queued(120), factories.answered(132, accepted=130)),
]
#: The longest wait stands in a bucket of 256 ms.
NAMES = ("asa_seconds", "service_level_ratio", "wait_p90_seconds", "talk_seconds")


def terms(*steps: tuple[int, str]) -> Terms:
    """The plain terms with a clock stop from each instant on."""
    rows = plain_terms(contacts_ms=1 << 50, agents_ms=1 << 50).rows
    ((*place, _, target, short, rule, attribution, left, callback, _, least, goal),) = rows["definition"]
    said = (target, short, rule, attribution, left, callback)
    return Terms(
        {
            **rows,
            "definition": [
                (*place, from_ms, *said, clock_stop, least, goal) for from_ms, clock_stop in steps
            ],
        }
    )


def reckoned(audit: Audit, events: list[Event], given: Terms) -> dict[FigureKey, float | None]:
    taken(audit, written(events))
    audit.recompute(given, now_ms=ms(600), positions={LOG: len(events)})
    return dict(audit.figures())


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        ([(0, "connected")], [(25 + 12) / 2, 1 / 2, 24.96, 120]),
        ([(0, "accepted")], [(18 + 10) / 2, 2 / 2, 18.048, 120]),
        # A wait keeps what was in force when it began.
        ([(0, "accepted"), (T0 + 100_000, "connected")], [(18 + 12) / 2, 2 / 2, 18.048, 120]),
    ],
)
def test_a_wait_ends_where_the_promise_says_and_talk_begins_at_the_connection(
    audit: Audit, steps: list[tuple[int, str]], values: list[float]
) -> None:
    figures = reckoned(audit, WHISPER, terms(*steps))
    assert [figures[FigureKey("queue", "billing", "voice", "15m", name)] for name in NAMES] == values


def test_an_acceptance_before_the_queue_entry_is_none(audit: Audit) -> None:
    waits = {"untold": (None, 25), "before": (59.999, 25), "entry": (60, 0), "connection": (85, 25)}
    events = [
        event
        for queue, (accepted, _) in waits.items()
        for event in factories.of(
            queue, factories.queued(60, queue), factories.answered(85, accepted=accepted)
        )
    ]
    figures = reckoned(audit, events, terms((0, "accepted")))
    found = {queue: figures[FigureKey("queue", queue, "voice", "15m", "asa_seconds")] for queue in waits}
    assert found == {queue: wait for queue, (_, wait) in waits.items()}


def test_an_answer_counts_at_the_acceptance_and_who_talks_does_from_the_connection(audit: Audit) -> None:
    # The window of five minutes begins at 300.
    events = factories.of("c", factories.queued(290), factories.answered(310, accepted=299))
    figures = reckoned(audit, events, terms((0, "accepted")))
    row = FigureKey("queue", "billing", "voice", "5m", "")
    assert figures[row._replace(name="answered")] == 0
    assert figures[row._replace(window="15m", name="answered")] == 1
    assert figures[row._replace(window="now", name="longest_talk_seconds")] == 600 - 310
