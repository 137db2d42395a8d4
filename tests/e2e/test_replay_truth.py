"""A real fortnight of calls: what the report, the board and /metrics say is what was counted by hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.pantau import Exporter, Pantau, Worker, together
from support.records import wait_until_read
from support.truth import Totals, assert_metrics, await_totals, summed, told

#: Offered, answered, abandoned, counted straight from the rows.
COUNTED = {
    "all": (16_290, 14_405, 1_885),
    "PS": (10_444, 9_707, 737),
    "NW": (3_951, 2_916, 1_035),
    "NE": (1_229, 1_165, 64),
    "TT": (439, 421, 18),
    "IN": (136, 114, 22),
    "PE": (91, 82, 9),
}
ALL = {
    "answered_in_target": 9_163,
    "short_abandoned": 161,
    "asa_seconds": 34.40534536619229,
    "aht_seconds": 166.85616105518918,
    "max_wait_seconds": 730.0,
    "service_level": {
        "count_abandons": 0.5624923265807243,
        "drop_short": 0.5681071362142724,
        "drop_in_target": 0.585907027303536,
        "credit_short": 0.5723756906077349,
        "credit_in_target": 0.6024554941682013,
        "answered_only": 0.6360985768830267,
    },
}
LEFT_OUT = {"phantom": 143, "hung_up_in_menu": 1_023}
#: A call that was answered says six things, one that was abandoned four.
EVENTS = 6 * 14_405 + 4 * 1_885
FORMAT = ("--adapter", "anonymous-bank", "--report", "json")
SEEDS = (11, 12)


@pytest.fixture(scope="module")
def report(call_log: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    nowhere = Pantau("127.0.0.1:1", "redis://127.0.0.1:1/0", tmp_path_factory.mktemp("report"))
    done = nowhere.run("replay", str(call_log), *FORMAT)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


@pytest.fixture
def running(pantau: Pantau) -> Iterator[tuple[Exporter, list[Worker]]]:
    exporter, workers = pantau.exporter(), [pantau.worker("one"), pantau.worker("other")]
    with together(exporter, *workers):
        yield exporter, workers


def test_the_report_of_every_queue_is_what_was_counted(report: dict[str, Any]) -> None:
    counts = {
        name: (row["offered"], row["answered"], row["abandoned"]) for name, row in report["queues"].items()
    }
    assert counts == COUNTED


@pytest.mark.parametrize("field", ALL)
def test_the_report_of_all_queues_is_what_was_computed(report: dict[str, Any], field: str) -> None:
    assert report["queues"]["all"][field] == ALL[field]


def test_the_report_tells_what_was_left_out(report: dict[str, Any]) -> None:
    assert report["skipped"] == LEFT_OUT


def test_a_replay_repeated_and_shuffled_leaves_every_number_as_reported(
    running: tuple[Exporter, list[Worker]], pantau: Pantau, call_log: Path, report: dict[str, Any]
) -> None:
    exporter, workers = running
    expected = told(report["queues"])
    for times, shuffle in enumerate([(), *(("--shuffle", str(seed)) for seed in SEEDS)], start=1):
        replayed(pantau, call_log, *shuffle)
        wait_until_read(pantau.redis_url, times * EVENTS)
        holds(exporter, expected)
    assert all(worker.total("pantau_events_consumed_total")[()] > 0 for worker in workers)
    again = sum(worker.total("pantau_events_duplicate_total")[()] for worker in workers)
    assert again == len(SEEDS) * EVENTS


def replayed(pantau: Pantau, call_log: Path, *shuffle: str) -> None:
    done = pantau.run("replay", str(call_log), *FORMAT, "--to", "kafka", "--speed", "max", *shuffle)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sent"] == EVENTS


def holds(exporter: Exporter, expected: Totals) -> None:
    await_totals(exporter, expected)
    found = exporter.metrics()
    assert_metrics(found, expected)
    assert summed(found, "pantau_queue_answer_wait_seconds_sum", "all") == 495_609
    assert summed(found, "pantau_queue_answer_wait_seconds_bucket", "all", le="20.0") == 9_163
    assert summed(found, "pantau_queue_abandon_wait_seconds_sum", "all") == 108_111
    assert summed(found, "pantau_queue_abandon_wait_seconds_bucket", "all", le="5.0") == 161
    assert summed(found, "pantau_queue_abandon_wait_seconds_bucket", "all", le="20.0") == 651
    assert summed(found, "pantau_queue_handle_seconds_sum", "all") == 2_403_563
