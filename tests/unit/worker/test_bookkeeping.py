"""A worker and the rulebook: who writes it, who amends it, and whose file changes nothing."""

import logging

import pytest
from support.factories import ms

from stream.domain.definition import Definition, definitions
from stream.domain.instant import MINUTE_MS
from stream.domain.rulebook import MOST_CHANGES, Rulebook, Wanted, begun
from stream.store.memory import MemoryStore
from stream.worker.bookkeeping import Bookkeeper

pytestmark = pytest.mark.pure

BILLING = ("billing", "voice")


def wanted(seconds: int) -> Wanted:
    return Wanted(definitions({BILLING: Definition(1000 * seconds)}))


class Bench:
    """Workers at one store, by one clock."""

    def __init__(self) -> None:
        self.store, self.now_ms = MemoryStore(), ms(10)

    def keeper(self, seconds: int) -> Bookkeeper:
        return Bookkeeper(self.store, wanted(seconds), lambda: self.now_ms)


def targets(book: Rulebook) -> list[int]:
    return [found.target_ms // 1000 for _, found in book.definitions.timeline(*BILLING)]


async def test_the_first_writes_what_all_book_by() -> None:
    bench = Bench()
    book = await bench.keeper(20).look()
    assert targets(book) == [20]
    assert await bench.store.rulebook() == book
    assert await bench.keeper(20).look() == book


async def test_of_two_with_new_files_each_amends_what_it_finds() -> None:
    bench = Bench()
    first = bench.keeper(20)
    await first.look()
    assert targets(await bench.keeper(30).look()) == [20, 30]
    bench.now_ms += MINUTE_MS
    assert targets(await bench.keeper(40).look()) == [20, 30, 40]
    assert targets(await first.look()) == [20, 30, 40]


class Overtaken(MemoryStore):
    """Another worker comes first, once."""

    other: Rulebook | None = None

    async def put_rulebook(self, book: Rulebook, *, over: str | None) -> Rulebook:
        other, self.other = self.other, None
        if other is not None:
            await super().put_rulebook(other, over=over)
        return await super().put_rulebook(book, over=over)


async def test_who_comes_second_amends_what_the_first_wrote() -> None:
    bench = Bench()
    bench.store = store = Overtaken()
    store.other = begun(wanted(20), 5)
    assert targets(await bench.keeper(30).look()) == [20, 30]


async def test_a_worker_that_starts_with_an_older_file_flips_nothing_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    for seconds in (20, 30):
        await bench.keeper(seconds).look()
    late = bench.keeper(20)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert targets(await late.look()) == [20, 30]
    assert [line.split()[0] for line in caplog.messages] == ["settings_outdated"]


async def test_who_saw_what_is_followed_being_replaced_may_go_back() -> None:
    bench = Bench()
    keeper, other = bench.keeper(20), bench.keeper(20)
    await keeper.look()
    await other.look()
    keeper.reload(wanted(30))
    assert targets(await keeper.look()) == [20, 30]
    bench.now_ms += MINUTE_MS
    other.reload(wanted(20))  # it never had what is followed: its file lags behind
    assert targets(await other.look()) == [20, 30]
    keeper.reload(wanted(20))
    assert targets(await keeper.look()) == [20, 30, 20]


async def test_a_rulebook_that_was_lost_is_written_again_by_who_knew_it() -> None:
    bench = Bench()
    keeper = bench.keeper(20)
    await keeper.look()
    keeper.reload(wanted(30))
    book = await keeper.look()
    bench.store = keeper._store = MemoryStore()  # emptied
    assert await keeper.look() == book
    assert await bench.store.rulebook() == book


async def test_a_rulebook_that_comes_back_as_it_was_before_gives_way_to_what_is_known() -> None:
    bench = Bench()
    keeper = bench.keeper(20)
    before = await keeper.look()
    keeper.reload(wanted(30))
    book = await keeper.look()
    assert await bench.store.put_rulebook(before, over=book.id) == before
    assert await keeper.look() == book == await bench.store.rulebook()


async def test_a_full_rulebook_says_so_once_and_is_followed(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    for seconds in range(MOST_CHANGES):
        bench.now_ms += MINUTE_MS
        await bench.keeper(20 + seconds).look()
    with caplog.at_level(logging.WARNING):
        keeper = bench.keeper(900)
        assert targets(await keeper.look()) == targets(await keeper.look()) == [*range(20, 20 + MOST_CHANGES)]
    assert ["takes no more" in line for line in caplog.messages] == [True]


async def test_what_has_to_wait_is_named(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    keeper = bench.keeper(20)
    await keeper.look()
    with caplog.at_level(logging.WARNING):
        keeper.reload(Wanted(definitions({BILLING: Definition(all_targets_ms=(20_000, 60_000))})))
        await keeper.look()
        await keeper.look()
    (line,) = caplog.messages
    assert line.startswith("definitions_wait until `pantau rebuild` is run")
    assert "billing (voice): service_level_by_target" in line
