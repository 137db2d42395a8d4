"""The failures that positions and fences must survive, each made to happen at its worst instant."""

import json
import os
import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import redis
from support.installation import emptied
from support.operators import add_partitions, members, move_offsets, send_in_transactions
from support.pantau import together
from support.processes import wait_until
from support.records import PARTITIONS, committed, positions, publish, wait_until_read
from support.rig import APPLY, Rig
from support.rounds import play
from support.source import Sending
from support.truth import decoded

from stream.broker.topics import CONTACTS
from stream.dev.simulator import SimulatedEvent


def queued(subject: str, *, seconds_ago: float = 1, identity: str = "") -> SimulatedEvent:
    """A contact enters a queue."""
    at = time.time() - seconds_ago
    document = {
        "specversion": "1.0",
        "id": identity or subject,
        "source": "/matrix",
        "type": "visit.queued",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        "subject": subject,
        "data": {"queue": "matrix", "channel": "voice"},
    }
    return SimulatedEvent(CONTACTS, subject, round(at * 1000), json.dumps(document).encode())


def assert_read_once(rig: Rig, *, since: Mapping[tuple[str, int], int]) -> None:
    """What the workers, which started there, have read is what was sent; they count it once it is stored."""

    def read() -> float:
        return sum(sum(worker.total("pantau_events_consumed_total").values()) for worker in rig.workers)

    sent = sum(rig.source.ends.values()) - sum(since.values())
    assert wait_until(lambda: read() >= sent)
    assert read() == sent


def test_killed_between_checkpoint_and_commit_a_worker_has_left_all_that_is_needed(rig: Rig) -> None:
    rig.feed(300)
    rig.settle()
    for worker in rig.workers:
        worker.kill()
    stored = positions(rig.cache.url)
    assert committed(rig.address, group=rig.pantau.group) != stored, "Kafka knew of everything already"
    for worker in rig.workers:
        worker.start()
    rig.feed(200)
    rig.settle()
    assert_read_once(rig, since=stored)
    rig.assert_true()


def test_a_checkpoint_that_arrives_after_the_takeover_is_fenced(rig: Rig) -> None:
    zombie, heir = rig.workers
    wire = rig.wires["one"]
    assert wait_until(lambda: len(zombie.owned()) == PARTITIONS, seconds=30)
    wire.catch(APPLY)
    feeding = rig.begin(400, seconds=1)
    assert wire.caught.wait(10)
    os.kill(zombie.pid, signal.SIGSTOP)
    rig.source.wait(feeding)
    assert wait_until(lambda: len(heir.owned()) == 2 * PARTITIONS and rig.read(), seconds=40)
    before = positions(rig.cache.url)
    wire.release()
    assert wait_until(lambda: wire.answer != b"")
    assert b"fenced" in wire.answer
    os.kill(zombie.pid, signal.SIGCONT)
    fenced = ("fenced",)
    assert wait_until(lambda: zombie.total("pantau_checkpoints_total").get(fenced, 0) > 0, seconds=15)
    assert positions(rig.cache.url) == before
    rig.recover()
    rig.assert_true()


def test_a_checkpoint_whose_answer_was_lost_is_recognised(rig: Rig) -> None:
    repeats = rig.told("repeat")
    played = play(rig, seed=3, broken=("replies lost",), load=300)
    assert played.is_true, str(played)
    assert sum(wire.swallowed for wire in rig.wires.values()) > 0
    assert rig.told("repeat") > repeats


def test_a_store_that_answers_after_the_time_out_has_counted_once(rig: Rig) -> None:
    errors = sum(sum(worker.total("pantau_redis_errors_total").values()) for worker in rig.workers)
    feeding = rig.begin(300, seconds=1)
    time.sleep(0.3)
    os.kill(rig.cache.pid, signal.SIGSTOP)
    late = wait_until(
        lambda: (
            sum(sum(worker.total("pantau_redis_errors_total").values()) for worker in rig.workers) > errors
        ),
        seconds=40,
    )
    os.kill(rig.cache.pid, signal.SIGCONT)
    rig.source.wait(feeding)
    assert late, "no call timed out"
    rig.recover()
    rig.assert_true()


def test_a_store_that_comes_back_empty_is_filled_from_the_log(rig: Rig) -> None:
    played = play(rig, seed=4, broken=("redis emptied",), load=300)
    assert played.is_true, str(played)
    assert rig.told("elsewhere") > 0


def test_a_store_that_comes_back_older_is_caught_up_from_the_log(rig: Rig) -> None:
    rig.cache.backup()
    older = positions(rig.cache.url)
    rig.feed(300)
    rig.settle()
    rig.cache.kill()
    rig.cache.put_back()
    assert positions(rig.cache.url) == older
    rig.recover()
    rig.assert_true()


def test_offsets_that_an_operator_moves_change_nothing(rig: Rig) -> None:
    rig.settle()
    stored = positions(rig.cache.url)
    for shift in (-10_000, 10_000):
        for worker in rig.workers:
            worker.terminate()
        for worker in rig.workers:
            worker.exit_code(seconds=20)
        assert wait_until(lambda: members(rig.address, group=rig.pantau.group) == [], seconds=15)
        moved = {where: max(0, at + shift) for where, at in stored.items()}
        move_offsets(rig.address, group=rig.pantau.group, to=moved)
        assert committed(rig.address, group=rig.pantau.group) == moved
        for worker in rig.workers:
            worker.launch()
        for worker in rig.workers:
            worker.await_listening()
        rig.feed(100)
        rig.settle()
        assert_read_once(rig, since=stored)
        stored = positions(rig.cache.url)
    rig.assert_true()


def test_workers_with_one_client_id_share_the_work(rig: Rig) -> None:
    """No worker has a static id, so none can be taken for another; all of them have Faust's client id."""
    assert wait_until(
        lambda: [len(worker.owned()) for worker in rig.workers] == [PARTITIONS, PARTITIONS], seconds=30
    )
    found = members(rig.address, group=rig.pantau.group)
    assert len({member for member, _ in found}) == 2
    assert len({client for _, client in found}) == 1


def test_what_a_transaction_took_back_is_not_counted_and_its_marks_are_no_holes(rig: Rig) -> None:
    kept = [queued(f"kept-{n}") for n in range(40)]
    taken_back = [queued(f"taken-back-{n}") for n in range(40)]
    batches = [
        (even, [(event.key, event.value) for event in (kept if even else taken_back)[first : first + 10]])
        for first in (0, 10, 20, 30)
        for even in (False, True)
    ]
    for topic, partition, offset, was_kept in send_in_transactions(rig.address, CONTACTS, batches):
        if was_kept:
            rig.source.ends[topic, partition] = offset + 1
    rig.known += decoded(kept)
    rig.feed(100)
    rig.recover()
    rig.assert_true()


def test_events_that_come_twice_late_or_too_early_are_counted_once_or_refused(rig: Rig) -> None:
    good = [queued(f"late-{n}", seconds_ago=7_000 * n) for n in range(10)]
    early = [queued(f"early-{n}", seconds_ago=-600) for n in range(3)]
    sending = [Sending(event.topic, event.key, event.value) for event in good * 2]
    sending += [Sending(event.topic, event.key, event.value, bad=True) for event in early]
    rig.known += decoded(good)
    rig.source.wait(rig.source.feed(sending))
    rig.recover()
    found = rig.inspect()
    assert not any(found), str(found)


def test_a_topic_that_is_given_more_partitions_stops_its_workers_before_they_read_one_of_those(
    kafka_address: str, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(kafka_address, redis_url, tmp_path)
    workers = [pantau.worker(f"worker-{n}") for n in range(2)]
    with together(*workers):
        publish(pantau.kafka, [queued(f"c-{n}") for n in range(20)])
        wait_until_read(pantau.redis_url, 20)
        add_partitions(pantau.kafka, CONTACTS, total=PARTITIONS + 2)
        since = time.monotonic()
        publish(pantau.kafka, [queued(f"d-{n}") for n in range(60)])
        codes = [worker.exit_code(seconds=40) for worker in workers]
        assert (codes, time.monotonic() - since < 25) == ([1, 1], True)
    read = positions(pantau.redis_url)
    assert max(number for topic, number in read if topic == CONTACTS) < PARTITIONS
    for worker in workers:
        # The broker tells of new partitions one after the other.
        said = re.findall(r"pantau\.contacts has [56] partitions", worker.log())
        assert (len(said), "Traceback" in worker.log()) == (1, False), worker.log()


def test_a_topic_with_more_partitions_than_its_state_stops_the_worker_with_one_line(
    kafka_address: str, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(kafka_address, redis_url, tmp_path)
    with pantau.worker() as worker:
        publish(pantau.kafka, [queued(f"c-{n}") for n in range(20)])
        wait_until_read(pantau.redis_url, 20)
    add_partitions(pantau.kafka, CONTACTS, total=6)
    worker.launch()
    assert worker.exit_code(seconds=30) == 1
    said = [line for line in worker.log().splitlines() if "pantau.contacts has 6 partitions" in line]
    assert len(said) == 1, worker.log()
    assert "Redis holds the state of 4" in said[0]
    assert "redis-cli HDEL pantau:partition-counts pantau.contacts" in said[0]
    assert "Traceback" not in worker.log()
    with redis.Redis.from_url(redis_url) as client:
        client.hdel("pantau:partition-counts", CONTACTS)
    with worker:
        publish(pantau.kafka, [queued(f"d-{n}") for n in range(40)])
        wait_until_read(pantau.redis_url, 60)
