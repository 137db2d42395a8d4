"""A real fortnight of calls: what the report, the board and /metrics say is what was counted by hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.pantau import Exporter, Pantau, Worker, together
from support.records import wait_until_read
from support.truth import (
    ABANDONED_IN_TARGET,
    ALL,
    COUNTED,
    HANDLE_SECONDS,
    LEFT_OUT,
    WAIT_OF_THE_ABANDONED_SECONDS,
    WAIT_OF_THE_ANSWERED_SECONDS,
    Totals,
    assert_metrics,
    await_totals,
    summed,
    told,
)

#: A call that was answered says six things, one that was abandoned four.
EVENTS = 6 * COUNTED["all"][1] + 4 * COUNTED["all"][2]
FORMAT = ("--adapter", "anonymous-bank", "--report", "json")
SEED = 11


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
    for times, shuffle in enumerate([(), ("--shuffle", str(SEED))], start=1):
        replayed(pantau, call_log, *shuffle)
        wait_until_read(pantau.redis_url, times * EVENTS)
        holds(exporter, expected)
    assert all(worker.total("pantau_events_consumed_total")[()] > 0 for worker in workers)
    again = sum(worker.total("pantau_events_duplicate_total")[()] for worker in workers)
    assert again == EVENTS


def replayed(pantau: Pantau, call_log: Path, *shuffle: str) -> None:
    done = pantau.run("replay", str(call_log), *FORMAT, "--to", "kafka", "--speed", "max", *shuffle)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sent"] == EVENTS


def holds(exporter: Exporter, expected: Totals) -> None:
    await_totals(exporter, expected)
    found = exporter.metrics()
    assert_metrics(found, expected)
    assert summed(found, "pantau_queue_answer_wait_seconds_sum", "all") == WAIT_OF_THE_ANSWERED_SECONDS
    assert (
        summed(found, "pantau_queue_answer_wait_seconds_bucket", "all", le="20.0")
        == ALL["answered_in_target"]
    )
    assert summed(found, "pantau_queue_abandon_wait_seconds_sum", "all") == WAIT_OF_THE_ABANDONED_SECONDS
    assert (
        summed(found, "pantau_queue_abandon_wait_seconds_bucket", "all", le="5.0") == ALL["short_abandoned"]
    )
    assert summed(found, "pantau_queue_abandon_wait_seconds_bucket", "all", le="20.0") == ABANDONED_IN_TARGET
    assert summed(found, "pantau_queue_handle_seconds_sum", "all") == HANDLE_SECONDS
