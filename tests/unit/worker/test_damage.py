"""What a worker stored and cannot read is named, and built anew once a day at most, or else set aside."""

import logging
from collections.abc import Sequence

import pytest
from support.factories import AGENTS, CONTACTS, abandoned, answered, batch, ms, of, queued, state
from support.taking import log_of, new_worker

from stream.domain.fold import TOTAL, Cell
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.unreadable import Part, Unreadable
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter
from stream.worker.stored_state import AGAIN_MS, MOST_NAMED
from stream.worker.worker import Worker

pytestmark = pytest.mark.pure

WHOLE = log_of(earliest=0, end=3)
BEFORE = [*of("c1", queued(0)), *of("c2", queued(1)), *of("c3", queued(2))]
AFTER = [*of("c1", answered(9)), *of("c2", abandoned(9))]
BILLING = Cell(TOTAL, TOTAL, "c\tbilling\tvoice")


class Heard(SilentProbe):
    """What a worker told."""

    def __init__(self) -> None:
        self.found: list[Unreadable] = []

    def unreadable(self, partition: Partition, found: Sequence[Unreadable]) -> None:
        del partition
        self.found += found


class Bench:
    """A store, and a worker whose memory may be dropped."""

    def __init__(self) -> None:
        self.store, self.probe, self.now_ms = MemoryStore(), Heard(), ms(7200)
        self.worker = self.restarted()

    async def send(self, letters: list[DeadLetter]) -> None:
        raise AssertionError(letters)

    def restarted(self) -> Worker:
        self.worker = new_worker(self.store, self, self.probe, lambda: self.now_ms)
        return self.worker

    def damage(self, *entities: str, partition: Partition = CONTACTS) -> None:
        facts = self.store._states[partition].written.facts
        for entity in entities:
            facts[entity] = dict.fromkeys(facts[entity], "junk")

    async def totals(self) -> dict[str, int]:
        return (await self.store.delta(CONTACTS, 0, since_ms=0)).cells.get(BILLING, {})

    async def reread(self) -> None:
        """Acquire the partition as one who was sent elsewhere does, and read all again."""
        at = await self.worker.ownership.acquire(CONTACTS, WHOLE)
        assert at == 0
        assert await self.worker.processor.process(batch(BEFORE)) is Verdict.APPLIED
        assert await self.worker.processor.process(batch(AFTER, first=3)) is Verdict.APPLIED


@pytest.fixture
async def bench() -> Bench:
    """Three contacts wait, and the worker that stored them is gone."""
    found = Bench()
    await found.worker.ownership.acquire(CONTACTS, WHOLE)
    assert await found.worker.processor.process(batch(BEFORE)) is Verdict.APPLIED
    found.restarted()
    return found


async def test_a_contact_that_cannot_be_read_has_its_partition_built_anew(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.damage("c\tc1")
    assert await bench.worker.ownership.acquire(CONTACTS, WHOLE) == 3
    assert await bench.worker.processor.process(batch(AFTER, first=3)) is Verdict.ELSEWHERE
    assert [(one.part, one.name) for one in bench.probe.found] == [(Part.FACTS, "c\tc1")]
    assert "facts of contact 'c1'" in caplog.text
    assert "junk" not in caplog.text
    await bench.reread()
    total = await bench.totals()
    assert (total["offered"], total["aw"], total["xw"]) == (3, 9_000, 8_000)


async def test_one_that_is_met_again_is_set_aside_and_nothing_is_read_for_ever(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        bench.damage("c\tc1")
        await bench.worker.ownership.acquire(CONTACTS, WHOLE)
        verdict = await bench.worker.processor.process(batch(AFTER, first=3))
        if verdict is Verdict.ELSEWHERE:  # and all that was stored is built anew
            await bench.worker.ownership.acquire(CONTACTS, WHOLE)
            assert await bench.worker.processor.process(batch(BEFORE)) is Verdict.APPLIED
            bench.restarted()
    assert verdict is Verdict.APPLIED
    assert "state_set_aside" in caplog.text
    total = await bench.totals()
    assert (total["offered"], total["xw"]) == (3, 8_000)  # what else is in the batch counts
    bench.now_ms += AGAIN_MS
    bench.damage("c\tc1")
    await bench.restarted().ownership.acquire(CONTACTS, log_of(earliest=0, end=5))
    later = batch(of("c1", answered(12)), first=5)
    assert await bench.worker.processor.process(later) is Verdict.ELSEWHERE


async def test_nothing_is_built_anew_from_a_log_that_lacks_what_matters(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.damage("c\tc1")
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=2, end=3))
    assert await bench.worker.processor.process(batch(AFTER, first=3)) is Verdict.APPLIED
    assert "Kafka no longer has all its records" in caplog.text
    assert not (await bench.store.rebuild_status(CONTACTS)).requested
    assert (await bench.totals())["xw"] == 8_000


async def test_a_log_whose_older_records_alone_are_gone_has_all_that_matters(bench: Bench) -> None:
    bench.damage("c\tc1")
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=1, horizon=2, end=3))
    assert await bench.worker.processor.process(batch(AFTER, first=3)) is Verdict.ELSEWHERE


async def test_of_many_some_are_named(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    many = [event for n in range(MOST_NAMED + 5) for event in of(f"d{n}", queued(3))]
    await bench.worker.ownership.acquire(CONTACTS, WHOLE)
    await bench.worker.processor.process(batch(many, first=3))
    bench.damage(*(f"c\td{n}" for n in range(MOST_NAMED + 5)))
    whole = log_of(earliest=0, end=3 + len(many))
    at = await bench.restarted().ownership.acquire(CONTACTS, whole)
    ended = [event for n in range(MOST_NAMED + 5) for event in of(f"d{n}", abandoned(5))]
    with caplog.at_level(logging.ERROR):
        assert await bench.worker.processor.process(batch(ended, first=at)) is Verdict.ELSEWHERE
    assert len(bench.probe.found) == MOST_NAMED + 5
    assert caplog.text.count("facts of contact") == MOST_NAMED
    assert "and 5 more" in caplog.text


async def test_an_agent_is_named_likewise(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await bench.worker.ownership.acquire(AGENTS, WHOLE)
    facts = [state(0, "available"), state(60, "talking")]
    await bench.worker.processor.process(batch(of("ana", facts[0]))._replace(partition=AGENTS))
    bench.damage("a\tana", partition=AGENTS)
    await bench.restarted().ownership.acquire(AGENTS, WHOLE)
    told = batch(of("ana", facts[1]), first=1)._replace(partition=AGENTS)
    assert await bench.worker.processor.process(told) is Verdict.ELSEWHERE
    assert "facts of agent 'ana'" in caplog.text


async def test_what_the_store_has_lost_is_named_once_and_its_partition_is_built_anew(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.worker.ownership.acquire(CONTACTS, WHOLE)
    await bench.worker.upkeep.verify()
    assert "state_unreadable" not in caplog.text
    held = bench.store._states[CONTACTS].written
    held.cells.pop(next(iter(held.cells)))
    for _ in range(2):
        await bench.worker.upkeep.verify()
    assert caplog.text.count("state_unreadable") == 1
    assert "hash ':cells'" in caplog.text
    assert await bench.worker.processor.process(batch(AFTER, first=3)) is Verdict.ELSEWHERE
    assert await bench.worker.ownership.acquire(CONTACTS, WHOLE) == 0
    assert await bench.worker.processor.process(batch(BEFORE)) is Verdict.APPLIED
    await bench.worker.upkeep.verify()
    assert caplog.text.count("state_unreadable") == 1
