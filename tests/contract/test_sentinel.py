"""The store at whichever server is the master of a service that sentinels watch."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from insisting import KEPT_BY, insisted, written
from store_rig import KEPT, Copy, Writer, total
from support.factories import CONTACTS
from support.processes import wait_until
from support.redis_cluster import cut_off
from support.sentinels import Watched

from stream.access import Login
from stream.domain.fold import Changes
from stream.errors import StoreUnavailable
from stream.store.lease import Verdict
from stream.store.redis import RedisStore

SECRET = "hidden"  # noqa: S105 - of sentinels that a test starts


@pytest.fixture
def watched(redis_url: str, tmp_path: Path) -> Iterator[Watched]:
    """`redis_url` skips where no Redis is installed."""
    del redis_url
    with Watched(tmp_path) as found:
        yield found


def offered(number: int) -> Changes:
    return Changes(cells={total(): {"offered": number}})


async def test_what_a_promoted_replica_lost_is_noticed(watched: Watched) -> None:
    store, copy = RedisStore(watched.url, retention=KEPT, timeout_seconds=1.0), Copy()
    writer = await Writer(store).acquire()
    assert await written(writer, offered(1)) is Verdict.APPLIED
    cut_off(watched.replica, watched.master)
    assert await written(writer, offered(2)) is Verdict.APPLIED
    watched.master.kill()
    assert await insisted(lambda: store.check(CONTACTS, writer.token, 2)) is Verdict.ELSEWHERE
    again = await Writer(store).acquire()
    assert again.position == 1
    for number in (2, 3):
        assert await written(again, offered(number)) is Verdict.APPLIED
    await copy.follow(store)
    assert copy.cells == {total(): {"offered": 3}}
    assert watched.is_failed_over()
    await store.close()


async def test_a_planned_failover_loses_nothing(watched: Watched) -> None:
    store, copy = RedisStore(watched.url, retention=KEPT, timeout_seconds=1.0), Copy()
    writer = await Writer(store).acquire()
    for number in range(1, 100):
        if number == 30:
            watched.fail_over()
        assert await written(writer, offered(number)) in KEPT_BY
    assert wait_until(watched.is_failed_over, seconds=10)
    assert await written(writer, offered(100)) in KEPT_BY
    await insisted(lambda: copy.follow(store))
    assert copy.cells == {total(): {"offered": 100}}
    await store.close()


async def test_sentinels_may_ask_for_a_login_of_their_own(redis_url: str, tmp_path: Path) -> None:
    assert redis_url
    with Watched(tmp_path, password=SECRET) as watched:
        store = RedisStore(watched.url, sentinel=Login("default", SECRET))
        assert await store.partitions() == []
        await store.close()
        store = RedisStore(watched.url)
        with pytest.raises(
            StoreUnavailable, match=r"^Redis cannot be reached: No master found for 'main'"
        ) as no:
            await store.partitions()
        assert len(str(no.value).splitlines()) == 1
        await store.close()
