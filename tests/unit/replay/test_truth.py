"""A real call log: two weeks of a small bank's call centre, and every number counted straight from its rows.

The report, the totals in the panes, and the same log shuffled and doubled must all give these numbers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import truth

from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.domain.definition import Definition, ServiceLevelRule, definitions
from stream.domain.fact import Event
from stream.domain.fold import TOTAL, PartitionFold, Retention
from stream.domain.tally import Tally, merge
from stream.replay.ordering import Ordered
from stream.replay.report import report
from stream.replay.schedule import schedule
from stream.replay.source import Source

pytestmark = pytest.mark.long
EVER = Retention(contacts_ms=1 << 60, agents_ms=1 << 60)


@pytest.fixture(scope="module")
def source(call_log: Path) -> Source:
    return Source(call_log, AnonymousBankDecoder())


@pytest.fixture(scope="module")
def read_bytes() -> list[int]:
    return []


@pytest.fixture(scope="module")
def events(source: Source, read_bytes: list[int]) -> list[Event]:
    return list(source.events(read_bytes.append))


@pytest.fixture(scope="module")
def found(events: list[Event]) -> dict[str, Any]:
    return report(events, definitions())


@pytest.fixture(scope="module")
def total(events: list[Event]) -> Tally:
    """The running totals of all queues together."""
    fold = PartitionFold(definitions(), retention=EVER)
    fold.fold(events, {})
    fold.settle({})
    every: Tally = {}
    for cell, tally in fold.cells():
        if cell.pane_ms == TOTAL:
            merge(every, tally)
    return every


def test_every_row_is_read_or_counted(
    events: list[Event], source: Source, read_bytes: list[int], call_log: Path
) -> None:
    assert sum(read_bytes) == source.size_bytes == call_log.stat().st_size
    assert source.skipped == truth.LEFT_OUT
    assert len({event.subject for event in events}) == truth.ROWS - sum(truth.LEFT_OUT.values())


def test_the_queues_are_those_of_the_log(found: dict[str, Any]) -> None:
    assert set(found) == set(truth.COUNTED)


@pytest.mark.parametrize("queue", truth.COUNTED)
def test_every_visit_is_counted_in_its_queue(found: dict[str, Any], queue: str) -> None:
    row = found[queue]
    assert (row["offered"], row["answered"], row["abandoned"]) == truth.COUNTED[queue]


def test_all_queues_are_the_sum_of_each(found: dict[str, Any]) -> None:
    for name in ("offered", "answered", "answered_in_target", "abandoned", "short_abandoned"):
        assert sum(row[name] for queue, row in found.items() if queue != "all") == found["all"][name]


@pytest.mark.parametrize("field", truth.ALL)
def test_what_was_computed_of_all_queues(found: dict[str, Any], field: str) -> None:
    assert found["all"][field] == truth.ALL[field]


def test_every_formula_of_service_level_is_among_them() -> None:
    assert set(truth.ALL["service_level"]) == {rule.value for rule in ServiceLevelRule}


def test_abandonment_without_the_short_ones(found: dict[str, Any]) -> None:
    row = found["all"]
    stayed = row["abandoned"] - row["short_abandoned"]
    assert stayed / (row["answered"] + stayed) == truth.ABANDONED_RATIO_WITHOUT_SHORT


def test_the_sums_behind_the_means(total: Tally) -> None:
    assert total["aw"] == 1000 * truth.WAIT_OF_THE_ANSWERED_SECONDS
    assert total["xw"] == 1000 * truth.WAIT_OF_THE_ABANDONED_SECONDS
    assert total["talk"] + total.get("hold", 0) + total.get("acw", 0) == 1000 * truth.HANDLE_SECONDS
    in_target = [f"x{1000 * edge}" for edge in (5, 10, 15, 20)]
    assert sum(total[band] for band in in_target) == truth.ABANDONED_IN_TARGET
    assert total["x5000"] == truth.ALL["short_abandoned"]
    assert (
        total["d.late"]
        == truth.COUNTED["all"][0] - truth.ALL["answered_in_target"] - truth.ABANDONED_IN_TARGET
    )


def doubled(events: list[Event], seed: int) -> Iterator[Event]:
    """Every event twice, those of each contact in any order."""
    with Ordered([*events, *events]) as ordered:
        for due in schedule(ordered, speed=None, shift_to_ms=None, shuffle=seed):
            yield due.event


def test_order_and_repetition_change_no_number(events: list[Event], found: dict[str, Any]) -> None:
    assert report(doubled(events, seed=20_240), definitions()) == found


def test_another_target_is_another_question(events: list[Event]) -> None:
    strict = definitions({("NW", ""): Definition(target_ms=5_000)})
    answers = report(events, strict)
    assert answers["NW"]["answered_in_target"] < answers["NW"]["answered"]
    others = sum(
        answers[queue]["answered_in_target"] for queue in truth.COUNTED if queue not in {"all", "NW"}
    )
    assert answers["all"]["answered_in_target"] == others + answers["NW"]["answered_in_target"]
    assert answers["all"]["answered"] == truth.COUNTED["all"][1]
