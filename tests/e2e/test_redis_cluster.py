"""Worker and exporter on a cluster of three masters whose replicas take over under load: nothing differs."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from support.load import last_hours
from support.pantau import Exporter, Pantau, together
from support.processes import wait_until
from support.records import fresh_topics, publish
from support.redis_cluster import ClusterNode, ClusterOfRedis, cut_off

from stream.dev.simulator import CONTACTS
from stream.domain.fold import Retention
from stream.store.keys import Keys
from stream.store.partition import Partition


@pytest.fixture
def cluster(redis_url: str, tmp_path: Path) -> Iterator[ClusterOfRedis]:
    assert redis_url, "skipped with its reason where Redis cannot run"
    folder = tmp_path / "cluster"
    folder.mkdir()
    with ClusterOfRedis(folder, replicas=1, extra=["--cluster-replica-validity-factor", "0"]) as found:
        yield found


#: The partition whose master is lost, with what its replica had not heard of.
LOST = Partition(CONTACTS, 1)


def shown(exporter: Exporter) -> int:
    """How many records the board is of: the topics began empty."""
    return sum(at or 0 for at in exporter.board()["positions"].values())


def master(cluster: ClusterOfRedis, partition: Partition) -> ClusterNode:
    return cluster.master_of(Keys(partition, Retention()).meta)


def stored(cluster: ClusterOfRedis) -> int:
    """Where the partition stands whose master is lost."""
    with cluster.client() as client:
        return int(client.hget(Keys(LOST, Retention()).meta, "next") or 0)


def test_masters_change_under_load_and_nothing_differs(
    broker_address: str, cluster: ClusterOfRedis, tmp_path: Path
) -> None:
    fresh_topics(broker_address)
    pantau, events = (
        Pantau(broker_address, cluster.every_url, tmp_path),
        last_hours(4, 0.5, seed=4, hours=0.25),
    )
    worker, exporter = pantau.worker(batch_records=50), pantau.exporter()
    half = len(events) // 2
    first, then = (
        Thread(target=publish, args=(broker_address, some)) for some in (events[:half], events[half:])
    )
    with together(worker, exporter):
        pid = worker.pid
        first.start()
        assert wait_until(lambda: shown(exporter) > len(events) // 20, seconds=20)
        cluster.replica_of(master(cluster, Partition(CONTACTS, 0))).ask("CLUSTER", "FAILOVER")
        assert wait_until(lambda: shown(exporter) > len(events) // 10, seconds=20)
        lost = master(cluster, LOST)
        cut_off(cluster.replica_of(lost), lost)
        before = stored(cluster)
        first.join()
        then.start()  # however fast the first half was, there is something to lose
        assert wait_until(lambda: stored(cluster) > before + 50, seconds=20)
        lost.kill()
        then.join()
        assert wait_until(lambda: shown(exporter) == len(events), seconds=60), worker.log()
        done = pantau.run("audit", seconds=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert worker.pid == pid
        made = worker.total("pantau_checkpoints_total")
    assert made["elsewhere",] + made.get(("fenced",), 0) > 0, made
    assert "store_unavailable" in worker.log()
    assert "Traceback" not in worker.log() + exporter.log()
