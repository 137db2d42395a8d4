"""The store on a cluster of three masters whose replicas take over, whose slots move, whose nodes leave."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from insisting import KEPT_BY, insisted, written
from store_rig import KEPT, Copy, Writer, total
from support.factories import CONTACTS, answered, ms, queued
from support.processes import wait_until
from support.redis_cluster import ClusterNode, ClusterOfRedis, cut_off

from stream.domain.contact.contribution import Live
from stream.domain.contact.entity import CONTACT
from stream.domain.fold import Changes
from stream.errors import StoreUnavailable
from stream.store import walk
from stream.store.keys import PARTITIONS, Keys
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.store.redis import RedisStore
from stream.store.sign import Standing

META = Keys(CONTACTS, KEPT).meta
C1 = "c\tc1"


@pytest.fixture
def cluster(redis_url: str, tmp_path: Path) -> Iterator[ClusterOfRedis]:
    """Three masters with a replica each. `redis_url` skips where no Redis is installed."""
    del redis_url
    with ClusterOfRedis(tmp_path, replicas=1, extra=["--cluster-replica-validity-factor", "0"]) as found:
        yield found


@pytest.fixture
async def store(cluster: ClusterOfRedis) -> AsyncIterator[RedisStore]:
    found = RedisStore(cluster.every_url, retention=KEPT, timeout_seconds=1.0)
    yield found
    await found.close()


def offered(number: int) -> Changes:
    return Changes(cells={total(): {"offered": number}}, facts={C1: [queued(0), answered(number)]})


async def test_a_planned_failover_loses_nothing(cluster: ClusterOfRedis, store: RedisStore) -> None:
    writer, copy = await Writer(store).acquire(), Copy()
    await copy.follow(store)
    master = cluster.master_of(META)
    replica = cluster.replica_of(master)
    assert wait_until(lambda: "'master_link_status': 'up'" in replica.ask("INFO", "replication"), seconds=20)
    for number in range(1, 200):
        if number == 50:
            replica.ask("CLUSTER", "FAILOVER")
        assert await written(writer, offered(number)) in KEPT_BY
    assert wait_until(lambda: cluster.master_of(META) is replica, seconds=30)
    await insisted(lambda: copy.follow(store))
    assert copy.cells == {total(): {"offered": 199}}
    assert [name async for name, _ in store.known(CONTACTS, CONTACT)] == ["c1"]


async def test_a_walk_does_not_go_on_at_another_server(
    cluster: ClusterOfRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its cursor would mean nothing there, and keys would be passed over.
    monkeypatch.setattr(walk, "_SCANNED", 5)
    writer = await Writer(store).acquire()
    facts = {
        f"c\tc{number}": [queued(0)] for number in range(600)
    }  # a hash of more than 512 is read in steps
    await writer.write(
        Changes(
            facts=facts,
            live=dict.fromkeys(facts, (Live(waiting=True, series="c\tbilling\tvoice", since_ms=ms(0)),)),
        )
    )
    master = cluster.master_of(META)
    replica = cluster.replica_of(master)
    contacts, live = store.known(CONTACTS, CONTACT), store.live(CONTACTS)
    await anext(contacts)
    await anext(live)
    replica.ask("CLUSTER", "FAILOVER")
    assert wait_until(lambda: cluster.master_of(META) is replica)
    for walked in (contacts, live):
        with pytest.raises(StoreUnavailable, match="taken over"):
            async for _ in walked:
                pass
    assert len({name async for name, _ in store.known(CONTACTS, CONTACT)}) == 600


async def test_what_a_promoted_replica_lost_is_noticed(cluster: ClusterOfRedis, store: RedisStore) -> None:
    writer = await Writer(store).acquire()
    master = cluster.master_of(META)
    replica = cluster.replica_of(master)
    assert await written(writer, offered(1)) is Verdict.APPLIED
    cut_off(replica, master)
    assert await written(writer, offered(2)) is Verdict.APPLIED
    master.kill()
    assert await insisted(lambda: store.check(CONTACTS, writer.token, 2)) is Verdict.ELSEWHERE
    assert cluster.master_of(META) is replica
    assert await written(writer, offered(3)) is Verdict.ELSEWHERE
    again = await Writer(store).acquire()
    assert again.position == 1
    for number in (2, 3):
        assert await written(again, offered(number)) is Verdict.APPLIED


async def test_a_master_without_a_replica_stops_its_own_partitions_until_it_is_back(
    cluster: ClusterOfRedis, store: RedisStore
) -> None:
    writer = await Writer(store).acquire()
    master = cluster.master_of(META)
    cluster.replica_of(master).kill()
    master.kill()
    for _ in range(3):
        with pytest.raises(StoreUnavailable) as failure:
            await store.apply(CONTACTS, writer.token, writer.step(offered(1)))
        assert len(str(failure.value).splitlines()) == 1
        await asyncio.sleep(0.5)
    master.start()
    assert await insisted(lambda: store.check(CONTACTS, writer.token, 0)) is Verdict.ELSEWHERE
    await insisted(lambda: Writer(store).acquire())


async def test_the_owner_tells_again_that_its_partition_is_there(
    cluster: ClusterOfRedis, store: RedisStore
) -> None:
    # The names of partitions lie in another slot: the server that has them may be lost by itself.
    writer = await Writer(store).acquire()
    with cluster.client() as raw:
        raw.delete(PARTITIONS)
    assert await store.partitions() == []
    await store.sign(CONTACTS, writer.token, Standing(silent_ms=0, behind=0))
    assert await store.partitions() == [CONTACTS]
    await store.sign(Partition("pantau.contacts", 5), writer.token, Standing(silent_ms=0, behind=0))
    assert await store.partitions() == [CONTACTS]


async def test_a_slot_that_is_being_moved_is_waited_for(cluster: ClusterOfRedis, store: RedisStore) -> None:
    writer = await Writer(store).acquire()
    await writer.write(offered(1))
    source, target = cluster.master_of(META), cluster.add()
    slot = int(source.ask("CLUSTER", "KEYSLOT", META))
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.ask("CLUSTER", "MYID"))
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.ask("CLUSTER", "MYID"))
    keys = moved_first(source, slot)
    for number in range(len(keys) + 1):
        # Wherever the keys are: what was stored is given whole, or not at all.
        try:
            loaded = await store.load(CONTACTS, entities=[C1], cells=[total()])
        except StoreUnavailable as failure:
            _tells_of_a_move(failure)
        else:
            assert (len(loaded.facts[C1]), loaded.cells[total()]) == (2, {"offered": 1}), number
            assert number == 0
        if number < len(keys):
            source.ask("MIGRATE", "127.0.0.1", target.port, keys[number], 0, 1_000)
    step = writer.step(offered(2))
    with pytest.raises(StoreUnavailable):
        await store.apply(CONTACTS, writer.token, step)
    for node in (target, source, *cluster.nodes):
        if node.ask("ROLE").startswith("['master'"):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.ask("CLUSTER", "MYID"))
    assert await insisted(lambda: store.apply(CONTACTS, writer.token, step)) is Verdict.APPLIED
    assert (await store.load(CONTACTS, entities=[], cells=[total()])).cells == {total(): {"offered": 2}}
    assert cluster.master_of(META) is target


def _tells_of_a_move(failure: StoreUnavailable) -> None:
    assert "moved" in str(failure) or "non local" in str(failure)


def moved_first(source: ClusterNode, slot: int) -> list[str]:
    """The keys of a slot, meta first: by it alone a script finds its way."""
    with source.client() as raw:
        found = raw.execute_command("CLUSTER GETKEYSINSLOT", slot, 100)
    return sorted(map(str, found), key=lambda key: key != META)


async def test_a_worker_starts_while_the_first_node_is_away_and_outlives_the_loss_of_all(
    cluster: ClusterOfRedis, store: RedisStore
) -> None:
    cluster.nodes[0].kill()
    assert await insisted(store.partitions) == []
    for node in cluster.nodes[1:]:
        node.kill()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=r"^Redis cannot be reached: "):
            await store.partitions()
    for node in cluster.nodes:
        node.start()
    assert await insisted(store.partitions) == []
    await insisted(lambda: Writer(store).acquire())


async def test_what_is_no_cluster_is_not_taken_for_one(cluster: ClusterOfRedis, redis_url: str) -> None:
    for url, told in {
        f"{redis_url.removesuffix('/0')},127.0.0.1:1/0": "is none of a cluster",
        cluster.url.replace("/0", "/3"): "is one of a cluster",
    }.items():
        store = RedisStore(url)
        with pytest.raises(StoreUnavailable, match=told):
            await store.partitions()
        await store.close()
