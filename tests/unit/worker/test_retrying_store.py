"""A store that fails for a while: calls are answered later, and nothing is lost."""

import asyncio

import pytest
from support.factories import (
    CONTACTS,
    batch,
)
from support.taking import log_of, new_worker
from support.worker_bench import LIFE, NOW_MS, OTHERS, Bench, Unsteady, clean_run, numbers, started

from stream.store.lease import Verdict
from stream.worker.retrying_store import Stopping

pytestmark = pytest.mark.pure


# A store that fails for a while: later, and nothing lost.


@pytest.mark.parametrize("operation", ["acquire", "begin", "load", "apply"])
async def test_a_call_that_failed_is_repeated(operation: str) -> None:
    bench = await started(Unsteady(operation))
    assert await bench.worker.processor.process(batch(LIFE + OTHERS)) is Verdict.APPLIED
    assert bench.probe.failures == [operation]
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))
    assert (bench.report.records, bench.report.duplicates, len(bench.probe.reports)) == (7, 0, 1)


async def test_a_reply_that_was_lost_is_recognised() -> None:
    bench = await started(Unsteady(lost=["acquire", "begin", "apply"]))
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.REPEAT  # it had been stored
    assert bench.worker.ownership.positions() == {CONTACTS: 4}
    assert await bench.worker.processor.process(batch(OTHERS, first=4)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))
    assert [report.position for report in bench.probe.reports] == [4, 7]


async def test_pauses_grow_and_nothing_is_acknowledged_meanwhile(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream.backoff._JITTER_RATIO", 0)
    bench = await started(Unsteady("apply", "apply"))
    with caplog.at_level("WARNING"):
        processing = asyncio.create_task(bench.worker.processor.process(batch(LIFE)))
        await asyncio.sleep(0.02)
        assert bench.worker.ownership.positions() == {CONTACTS: 0}
        assert bench.probe.reports == []
        assert await processing is Verdict.APPLIED
    assert bench.probe.failures == ["apply", "apply"]
    pauses = [record.getMessage().split("again_in_seconds=")[1][:3] for record in caplog.records]
    assert pauses == ["0.1", "0.2"]


@pytest.mark.parametrize("operation", ["acquire", "begin", "load", "apply"])
async def test_a_worker_that_is_told_to_stop_gives_a_failed_call_up(operation: str) -> None:
    bench = Bench(Unsteady(operation))
    bench.worker = new_worker(bench.store, bench.letters, bench.probe, lambda: NOW_MS, stopping=lambda: True)

    async def work() -> None:
        await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
        await bench.worker.processor.process(batch(LIFE))

    with pytest.raises(Stopping):
        await work()
    assert (bench.probe.failures, bench.probe.reports) == ([operation], [])
    # What was stored is not known: under this lease nothing is. Whoever takes over reads the batch again.
    assert bench.worker.ownership.positions() == {}
    second = bench.another()
    assert await second.ownership.acquire(CONTACTS, log_of(earliest=0)) == 0
    assert await second.processor.process(batch(LIFE)) is Verdict.APPLIED
    assert (await bench.total())["handled"] == 1
