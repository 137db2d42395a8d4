"""A target that changes without a date while contacts wait, and readers with other settings."""

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from support.pantau import Exporter, Pantau, Worker, get, together
from support.processes import wait_until
from support.records import positions, send

from stream.broker.topics import CONTACTS

MINUTE_MS = 60_000


def target(file: Path, seconds: int, more: str = "") -> Path:
    file.write_text(f'[[queues]]\nname = "billing"\ntarget_seconds = {seconds}\n{more}')
    return file


def told(pantau: Pantau, contact: str, type_: str, at_ms: int, data: Mapping[str, object]) -> None:
    time_ = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms // 1000)) + f".{at_ms % 1000:03d}Z"
    value = {"specversion": "1.0", "id": f"{contact}-{type_}", "source": "/t", "type": type_, "time": time_}
    record = {**value, "subject": contact, "data": data}
    send(pantau.kafka, [(CONTACTS, contact.encode(), json.dumps(record).encode())])


def queue(pantau: Pantau, contact: str, at_ms: int) -> None:
    told(pantau, contact, "visit.queued", at_ms, {"queue": "billing"})


def answer(pantau: Pantau, contact: str, at_ms: int) -> None:
    told(pantau, contact, "visit.answered", at_ms, {"agent": "a1"})


def end(pantau: Pantau, contact: str, at_ms: int) -> None:
    told(pantau, contact, "contact.ended", at_ms, {})


def wait_until_read(pantau: Pantau, records: int) -> None:
    assert wait_until(lambda: sum(positions(pantau.redis_url).values()) >= records, seconds=30)


def billing(exporter: Exporter, records: int) -> dict[str, Any]:
    assert wait_until(lambda: sum(exporter.board()["positions"].values()) >= records, seconds=10)
    return next(row for row in exporter.board()["queues"] if row["queue"] == "billing")


def audited(pantau: Pantau, file: Path, code: int = 0) -> dict[str, Any]:
    done = pantau.run("audit", "--json", seconds=120, config=file)
    assert done.returncode == code, (done.stdout[-2_000:], done.stderr)
    return dict(json.loads(done.stdout))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def changes(pantau: Pantau) -> list[list[Any]]:
    with redis.Redis.from_url(pantau.redis_url, decode_responses=True) as client:
        return list(json.loads(client.hget("pantau:rulebook", "text"))["changes"])


def restarted(pantau: Pantau, file: Path) -> Worker:
    worker = pantau.worker("again", config=file)
    worker.start()
    assert wait_until(lambda: "definitions_changed" in worker.log(), seconds=60), worker.log()
    return worker


def test_a_new_target_holds_for_who_begins_to_wait_from_now_on(embedded: Pantau) -> None:
    old, new = target(embedded.folder / "old.toml", 20), target(embedded.folder / "new.toml", 2)
    began_ms = now_ms()
    worker = embedded.worker(config=old)
    with together(worker):
        queue(embedded, "late", began_ms - 100_000)
        answer(embedded, "late", began_ms - 90_000)  # 10 s: met by 20, missed by 2
        queue(embedded, "waiting", began_ms - 40_000)
        wait_until_read(embedded, 3)
    worker = restarted(embedded, new)
    try:
        from_ms = changes(embedded)[-1][2]
        assert from_ms % MINUTE_MS == 0
        assert began_ms < from_ms <= now_ms() + 2 * MINUTE_MS
        end(embedded, "late", began_ms - 1_000)  # what was booked is read again
        answer(embedded, "waiting", began_ms - 25_000)  # 15 s: it began under 20
        assert wait_until(lambda: now_ms() > from_ms + 4_000, seconds=120)
        queue(embedded, "new", from_ms)
        answer(embedded, "new", from_ms + 3_000)  # missed by 2
        wait_until_read(embedded, 7)
        with together(exporter := embedded.exporter(config=new)):
            row = billing(exporter, 7)
            assert row["definition"] == "SL(2s, drop_short 2s, decided)"
            assert (row["totals"]["answered"], row["totals"]["answered_in_target"]) == (3, 2)
            assert row["windows"]["60m"]["service_level_ratio"] == pytest.approx(2 / 3)
            assert exporter.board()["settings"]["differs"] == []
        found = audited(embedded, new)
        assert (found["differences"], found["settings"]) == ([], "")
        explained = embedded.run("explain", "billing", "--window", "60m", config=new)
        assert (explained.returncode, explained.stderr) == (0, "")
    finally:
        worker.stop()


def test_readers_with_another_file_read_what_workers_book_by_and_say_so(embedded: Pantau) -> None:
    followed, other = target(embedded.folder / "one.toml", 20), target(embedded.folder / "other.toml", 3)
    at_ms = now_ms() - 60_000
    exporter = embedded.exporter(config=other)
    with together(embedded.worker(config=followed), exporter):
        queue(embedded, "c1", at_ms)
        answer(embedded, "c1", at_ms + 10_000)
        row = billing(exporter, 2)
        assert row["definition"] == "SL(20s, drop_short 5s, decided)"
        assert row["windows"]["5m"]["service_level_ratio"] == 1.0
        metrics = get(f"{exporter.url}/metrics").text
        assert 'formula="SL(20s, drop_short 5s, decided)"' in metrics
        assert 'pantau_queue_service_level_threshold_seconds{tenant="default",queue="billing"' in metrics
        differs = "billing (voice): SL(3s, drop_short 3s, decided) instead of SL(20s, drop_short 5s, decided)"
        assert differs in exporter.board()["settings"]["differs"]
        assert "settings_differ" in exporter.log()
        found = audited(embedded, other)
        assert found["differences"] == []
        assert "the settings file differs from the rulebook" in found["settings"]
        explained = embedded.run("explain", "billing", "--window", "60m", config=other)
        assert "the settings file differs from the rulebook" in explained.stderr
        assert explained.returncode == 0


def test_a_worker_reads_its_file_again_and_an_older_one_flips_nothing_back(embedded: Pantau) -> None:
    file, older = target(embedded.folder / "used.toml", 20), target(embedded.folder / "older.toml", 20)
    worker, exporter = embedded.worker(config=file), embedded.exporter(config=file)
    with together(worker, exporter):
        assert wait_until(lambda: "rulebook_followed" in worker.log(), seconds=60)
        file.write_text("[[queues]]\nname = 5\n[elsewhere]")
        for process in (worker, exporter):
            os.kill(process.pid, signal.SIGHUP)
            assert wait_until(lambda at=process: "settings_refused" in at.log(), seconds=10), process.log()
            line, *_ = [line for line in process.log().splitlines() if "settings_refused" in line]
            assert "queues.0.name" in line
            assert "elsewhere" in line
        assert len(changes(embedded)) == 1
        target(file, 60)  # without a signal
        assert wait_until(lambda: len(changes(embedded)) == 2, seconds=15)
        assert wait_until(lambda: "definitions_changed" in worker.log(), seconds=5)
        assert wait_until(lambda: "settings_reloaded" in exporter.log(), seconds=10)
        assert wait_until(lambda: exporter.board()["settings"]["differs"] == [], seconds=10)
        late = embedded.worker("late", config=older)
        with together(late):
            assert wait_until(lambda: "settings_outdated" in late.log(), seconds=60), late.log()
        assert len(changes(embedded)) == 2
        target(file, 20)  # but who sees it replaced may go back
        assert wait_until(lambda: len(changes(embedded)) == 3, seconds=15)


def test_what_cannot_be_changed_from_now_on_waits_for_a_rebuild_which_the_audit_names(
    embedded: Pantau,
) -> None:
    file = target(embedded.folder / "used.toml", 20)
    at_ms = now_ms() - 60_000
    worker, exporter = embedded.worker(config=file), embedded.exporter(config=file)
    with together(worker, exporter):
        queue(embedded, "c1", at_ms)
        answer(embedded, "c1", at_ms + 30_000)
        assert "service_level_by_target" not in billing(exporter, 2)["totals"]
        target(file, 20, "more_targets_seconds = [60]\n")
        assert wait_until(lambda: "definitions_wait" in worker.log(), seconds=15), worker.log()
        found = audited(embedded, file)
        assert found["differences"] == []
        assert "waiting for `pantau rebuild`: billing" in found["settings"]
        done = embedded.run("rebuild", config=file)
        assert done.returncode == 0, done.stderr
        assert wait_until(
            lambda: billing(exporter, 2)["totals"].get("service_level_by_target") == {"20": 0.0, "60": 1.0},
            seconds=20,
        )
        assert audited(embedded, file)["settings"] == ""
        stranger = target(embedded.folder / "stranger.toml", 7)
        refused = embedded.run("rebuild", config=stranger)
        assert refused.returncode == 2
        assert "is none that workers follow" in refused.stderr
