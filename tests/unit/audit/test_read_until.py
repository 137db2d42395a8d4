"""How far a log has been read, in SQL: by the newest event of a partition, or a heartbeat behind it."""

from collections.abc import Callable

import pytest
from support import factories
from support.audited import LOG, plain_terms, taken, written
from support.factories import ms

from stream.adapters.heartbeat import heartbeat_record
from stream.audit.recomputation import Audit, FigureKey

pytestmark = [pytest.mark.pure, pytest.mark.long]


def test_a_recomputation_tells_how_far_it_is(audit: Audit, up_to: Callable[[str], None]) -> None:
    up_to("names")
    told: list[tuple[int, int]] = []
    audit.advance = lambda done, steps: told.append((done, steps))
    audit.recompute(plain_terms(contacts_ms=1, agents_ms=1), now_ms=ms(0), positions={})
    assert told == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("partition", "at", "ratio"), [("log:0", 595, 1), ("log:0", 530, 0), ("log:1", 595, 0)]
)
def test_a_heartbeat_of_its_own_says_that_a_partition_was_read(
    audit: Audit, partition: str, at: float, ratio: float
) -> None:
    records = [*written(factories.of("c", factories.queued(0))), heartbeat_record("/s", partition, ms(at))]
    taken(audit, records)
    terms = plain_terms(contacts_ms=1 << 50, agents_ms=1 << 50)
    audit.recompute(terms, now_ms=ms(600), positions={LOG: len(records)})
    figures = dict(audit.figures())
    assert figures[FigureKey("queue", "billing", "voice", "15m", "completeness_ratio")] == ratio
    assert figures[FigureKey("board", "", "", "", "watermark_ms")] == ms(0)
