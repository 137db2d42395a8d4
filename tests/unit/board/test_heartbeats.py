"""The heartbeat of the path: the partition that is furthest behind decides."""

import pytest
from support.factories import AGENTS, CONTACTS, ms

from stream.board.heartbeats import FORGOTTEN_AFTER_MS, path_heartbeat

pytestmark = pytest.mark.pure


def test_the_latest_source_counts_and_the_worst_partition() -> None:
    found = path_heartbeat({CONTACTS: {"/a": ms(5), "/b": ms(9)}, AGENTS: {"/a": ms(7)}}, {}, ms(10))
    assert (found.worst_ms, found.proven_ms, found.missing) == (ms(7), ms(7), [])


def test_a_partition_without_heartbeats_proves_nothing_of_the_whole() -> None:
    found = path_heartbeat({CONTACTS: {"/a": ms(5)}, AGENTS: {}}, {}, ms(10))
    assert (found.worst_ms, found.proven_ms, found.missing) == (ms(5), 0, [AGENTS])


def test_without_any_nothing_is_known() -> None:
    assert (path_heartbeat({}, {}, ms(0)).worst_ms, path_heartbeat({CONTACTS: {}}, {}, ms(0)).worst_ms) == (
        None,
        None,
    )


@pytest.mark.parametrize(("more_ms", "missing"), [(0, []), (1, [CONTACTS])])
def test_a_source_that_was_silent_for_a_day_is_forgotten(more_ms: int, missing: list[object]) -> None:
    assert (
        path_heartbeat({CONTACTS: {"/a": ms(0)}}, {}, ms(0) + FORGOTTEN_AFTER_MS + more_ms).missing == missing
    )
