"""Quiet and broken look different, on Apache Kafka and Redis: events stop, then heartbeats stop."""

import sys
import time
from pathlib import Path

from support.factories import fact, of
from support.installation import emptied
from support.pantau import Exporter, Pantau, command, together
from support.processes import wait_until
from support.records import PARTITIONS, send

from stream.adapters.canonical import encode
from stream.broker.topics import CONTACTS, FOLDED
from stream.dev.process import ManagedProcess
from stream.domain.kinds import Kind

_LIMIT_SECONDS = 4
#: The exporter as it is, but for the limit after which a board is stale, which is a minute.
_IMPATIENT = f"""
import sys
from stream.board import rows
rows.STALE_AFTER_MS = {_LIMIT_SECONDS * 1000}
from stream.__main__ import main
main()
"""
_ALL = PARTITIONS * len(FOLDED)


def impatient(pantau: Pantau) -> Exporter:
    exporter = pantau.exporter()
    exporter.argv = [sys.executable, "-c", _IMPATIENT, *exporter.argv[3:]]
    return exporter


def heart(pantau: Pantau) -> ManagedProcess:
    return ManagedProcess(
        name="heartbeat",
        argv=command("heartbeat", "--every", "1"),
        folder=pantau.folder,
        env=pantau.environment(),
        cwd=pantau.folder,
    )


def state(exporter: Exporter) -> str:
    return str(exporter.board()["state"])


def ages(exporter: Exporter) -> list[float]:
    return [
        value for (name, _), value in exporter.metrics().items() if name == "pantau_heartbeat_age_seconds"
    ]


def test_a_quiet_centre_is_told_from_a_broken_path(
    kafka_address: str, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(kafka_address, redis_url, tmp_path)
    exporter, worker, beating = impatient(pantau), pantau.worker(), heart(pantau)
    with together(exporter, worker):
        queued = fact(Kind.VISIT_QUEUED, 0, text=("billing", "voice"))._replace(at_ms=time.time_ns() // 10**6)
        [event] = of("c1", queued)
        send(pantau.kafka, [(CONTACTS, b"c1", encode(event))])
        with beating:
            assert wait_until(lambda: state(exporter) == "quiet", seconds=30), exporter.board()
            board = exporter.board()
            assert board["heartbeat"]["missing"] == []
            assert board["heartbeat"]["age_seconds"] < _LIMIT_SECONDS < board["age_seconds"]
            assert board["all"]["totals"]["offered"] == board["all"]["now"]["waiting"] == 1
            assert len(ages(exporter)) == _ALL
        assert wait_until(lambda: state(exporter) == "stale", seconds=15), exporter.board()
        assert min(ages(exporter)) > _LIMIT_SECONDS - 1.5
        once = pantau.run("heartbeat", "--once", "--source", "/by/hand")
        assert once.stdout == f"sent {_ALL} heartbeats\n", once.stderr
        assert wait_until(lambda: state(exporter) == "quiet", seconds=3), exporter.board()
        assert len(ages(exporter)) == 2 * _ALL
        assert worker.total("pantau_events_misplaced_total") == {(): 0}
        assert worker.total("pantau_events_processed_total")["visit.queued",] == 1
