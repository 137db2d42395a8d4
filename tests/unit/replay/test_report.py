"""The report of a log: the same core as live, told by queue."""

import pytest
from support.factories import abandoned, answered, ended, left, ms, of, queued, state, wrapped_up

from stream.domain.definition import Definition, ServiceLevelRule, definitions
from stream.domain.fact import Event
from stream.replay.report import report

pytestmark = pytest.mark.pure

LOG = [
    *of("c1", queued(0), answered(10), ended(70), wrapped_up(100)),
    *of("c2", queued(5), abandoned(9)),
    *of("c3", queued(5), left(400)),
    *of("c4", queued(30, "help", "chat"), answered(75)),
    *of("c5", queued(31, "help", "voice")),
    *of("a1", state(0, "available")),
]


def test_an_empty_log_says_nothing() -> None:
    found = report([], definitions())
    assert set(found) == {"all"}
    row = found["all"]
    assert [row[n] for n in ("offered", "answered", "abandoned")] == [0, 0, 0]
    assert [row[n] for n in ("asa_seconds", "aht_seconds", "max_wait_seconds")] == [None, None, None]
    assert set(row["service_level"].values()) == {None}


def test_queues_are_rows_and_channels_are_told_apart() -> None:
    found = report(LOG, definitions())
    assert set(found) == {"billing", "help (chat)", "help (voice)", "all"}
    row = found["billing"]
    assert (row["offered"], row["answered"], row["answered_in_target"]) == (3, 1, 1)
    assert (row["abandoned"], row["short_abandoned"]) == (1, 1)
    assert (row["asa_seconds"], row["aht_seconds"], row["max_wait_seconds"]) == (10.0, 90.0, 395.0)
    assert found["help (voice)"]["max_wait_seconds"] is None  # nobody left it yet
    assert found["all"]["offered"] == 5
    assert found["all"]["max_wait_seconds"] == 395.0


def test_all_queues_meet_each_its_own_target() -> None:
    rules = definitions({("help", "chat"): Definition(target_ms=60_000)})
    found = report(LOG, rules)
    assert found["help (chat)"]["service_level"]["count_abandons"] == 1.0
    assert report(LOG, definitions())["help (chat)"]["service_level"]["count_abandons"] == 0.0
    assert found["all"]["answered_in_target"] == 2
    assert found["all"]["service_level"]["count_abandons"] == 2 / 3


@pytest.mark.parametrize(("changed_at", "in_target"), [(-60, 1), (3600, 0)])
def test_a_queue_whose_definition_changed_is_told_as_then_defined(changed_at: float, in_target: int) -> None:
    steps = ((0, Definition(target_ms=5_000)), (ms(changed_at), Definition(target_ms=15_000)))
    found = report(LOG, definitions({("billing", ""): steps}))
    assert found["billing"]["answered_in_target"] == found["all"]["answered_in_target"] == in_target


def test_all_queues_count_each_visit_of_a_contact() -> None:
    log = of("c1", queued(0), left(5), queued(6, "sales"), answered(10))
    found = report(log, definitions())
    assert [found[name]["offered"] for name in ("billing", "sales", "all")] == [1, 1, 2]


def test_every_rule_is_answered_whatever_the_queue_has() -> None:
    found = report(LOG, definitions(default=Definition(rule=ServiceLevelRule.ANSWERED_ONLY)))
    assert set(found["billing"]["service_level"]) == {rule.value for rule in ServiceLevelRule}


def test_a_log_longer_than_a_batch_is_the_sum_of_its_parts() -> None:
    def log() -> list[Event]:
        return [
            event for n in range(4_000) for event in of(f"c{n}", queued(n % 500), answered(n % 500 + n % 40))
        ]

    row = report(iter(log()), definitions())["billing"]
    assert (row["offered"], row["answered"]) == (4_000, 4_000)
    assert row["asa_seconds"] == 19.5
    assert row["answered_in_target"] == 4_000 * 21 / 40


def test_a_queue_may_be_called_all() -> None:
    log = [*of("c1", queued(0, "all"), answered(1)), *of("c2", queued(0), answered(1))]
    assert len(report(log, definitions())) == 3
