"""Versions of a partition's state: one is served while another is built, and both change places at once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from store_rig import Copy, Rig, Writer, pane, total
from support.factories import CONTACTS, answered, ms, queued

from stream.domain.contact.contribution import Live
from stream.domain.contact.entity import CONTACT
from stream.domain.fold import Changes
from stream.domain.oddity import Odd, Sort
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint
from stream.store.full_read import read_all
from stream.store.lease import Verdict
from stream.store.rebuild import Plan, Rebuild, RebuildStatus

C1, C2 = "c\tc1", "c\tc2"
WAITING = (Live(waiting=True, series="c\tbilling\tvoice", since_ms=ms(0)),)
OLD = Changes(
    cells={total(): {"offered": 9}, pane(0): {"offered": 9}}, facts={C1: [queued(0)]}, live={C1: WAITING}
)
NEW = Changes(cells={total(): {"offered": 1}}, facts={C2: [queued(1)]}, live={C2: WAITING})


def anew(start: int, target: int, *, lost: int = 0) -> Plan:
    return Plan(start, target, ms(0), anew=True, lost=lost)


async def begun(rig: Rig, plan: Plan, *, old: Changes | None = OLD) -> Writer:
    """A writer that has begun a plan, over a state that reached 100 or over none."""
    writer = Writer(rig.store)
    if old is not None:
        await (await writer.acquire()).write(old, length=100)
    await writer.lease()
    assert await rig.store.begin(CONTACTS, writer.token, plan) is Verdict.APPLIED
    writer.position = plan.start
    return writer


async def seen(rig: Rig) -> Copy:
    copy = Copy()
    await copy.follow(rig.another())
    return copy


async def test_readers_are_given_the_old_version_until_the_new_one_is_whole(rig: Rig) -> None:
    writer = await begun(rig, anew(20, 40))
    copy, early = await seen(rig), await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert early.rebuild == Rebuild(20, 40, ms(0), 20, complete=True)
    await writer.write(NEW)
    delta = await copy.follow(rig.store)
    assert (delta.full, delta.cells, delta.live) == (False, {}, {})
    assert (delta.position, delta.watermark_ms, delta.written_ms) == (100, ms(100), ms(100) + 7)
    assert delta.rebuild == Rebuild(20, 40, ms(0), 30, complete=True)
    assert (delta.rebuild.progress_ratio, delta.rebuild.records_to_go) == (0.5, 10)
    assert await seen(rig) == copy
    assert (copy.cells, copy.live) == (OLD.cells, OLD.live)
    await writer.write(Changes(live={C1: None}))
    delta = await copy.follow(rig.store)
    assert (delta.full, delta.rebuild, delta.position) == (True, None, 40)
    assert (copy.cells, copy.live) == (NEW.cells, NEW.live)
    await writer.write(Changes(cells={total(): {"offered": 2}}))
    delta = await copy.follow(rig.store)
    assert (delta.full, delta.cells) == (False, {total(): {"offered": 2}})


async def test_heartbeats_prove_what_lies_before_them_in_their_own_version(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    first = replace(writer.step(OLD, length=100), heartbeats={"/a": ms(99)})
    assert await rig.store.apply(CONTACTS, writer.token, first) is Verdict.APPLIED
    await writer.lease()
    assert await rig.store.begin(CONTACTS, writer.token, anew(20, 40)) is Verdict.APPLIED
    writer.position, found = 20, []
    for at in (25, 35):
        step = replace(writer.step(), heartbeats={"/a": ms(at)})
        assert await rig.store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
        writer.position = step.next_offset
        found.append((await rig.another().delta(CONTACTS, 0, since_ms=0)).heartbeats)
    assert found == [{"/a": ms(99)}, {"/a": ms(35)}]


async def test_odd_records_are_those_of_the_version_that_is_read(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    old, new = {100: {Sort("json", ""): Odd(9, 8)}}, {100: {Sort("json", ""): Odd(1, 2)}}
    for oddities in (old, new):
        step = replace(writer.step(), oddities=oddities)
        assert await rig.store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
        writer.position = step.next_offset
        if oddities is old:
            await rig.store.acquire(CONTACTS)
            writer = await Writer(rig.store).lease()
            assert await rig.store.begin(CONTACTS, writer.token, anew(0, 20)) is Verdict.APPLIED
            assert (await rig.another().acquire(CONTACTS)).oddities == {}
            writer = await Writer(rig.store).lease()
    assert (await rig.another().delta(CONTACTS, 0, since_ms=0)).oddities == old
    await writer.write()
    assert (await rig.another().delta(CONTACTS, 0, since_ms=0)).oddities == new


async def test_where_nothing_is_old_readers_see_the_new_version_grow_and_are_told(rig: Rig) -> None:
    writer = await begun(rig, anew(0, 20), old=None)
    copy = await seen(rig)
    await writer.write(NEW)
    delta = await copy.follow(rig.store)
    assert delta.rebuild == Rebuild(0, 20, ms(0), 10, complete=False)
    assert (copy.cells, copy.live) == (NEW.cells, NEW.live)
    await writer.write()
    assert (await copy.follow(rig.store)).rebuild is None
    assert copy == await seen(rig)


async def test_a_plan_with_nothing_to_read_is_complete_at_once(rig: Rig) -> None:
    writer = await begun(rig, anew(7, 7), old=None)
    delta = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert (delta.rebuild, delta.position) == (None, 7)
    assert await rig.store.check(CONTACTS, writer.token, 7) is Verdict.APPLIED
    assert (await rig.another().acquire(CONTACTS)).rebuild is None


async def test_a_new_version_begins_with_nothing_of_the_old(rig: Rig) -> None:
    writer = await begun(rig, anew(20, 40))
    loaded = await rig.store.load(CONTACTS, entities=[C1], cells=[total()])
    assert (loaded.facts, loaded.cells) == ({}, {total(): {}})
    await writer.write(NEW)
    written = await rig.store.load(CONTACTS, entities=[C1, C2], cells=[total()])
    assert (written.facts, written.cells) == (NEW.facts, NEW.cells)
    served = await rig.store.load(CONTACTS, entities=[C1, C2], cells=[total()], served=True)
    assert (served.facts, served.cells) == (OLD.facts, {total(): {"offered": 9}})
    assert [name async for name, _ in rig.store.known(CONTACTS, CONTACT)] == ["c1"]
    await writer.write()
    assert [name async for name, _ in rig.store.known(CONTACTS, CONTACT)] == ["c2"]


async def test_contacts_that_are_replaced_while_they_come_are_not_given_for_whole(rig: Rig) -> None:
    writer = await begun(rig, anew(20, 30))
    coming = rig.store.known(CONTACTS, CONTACT)
    await anext(aiter(coming))
    await writer.write()
    with pytest.raises(StoreUnavailable, match="rebuilt"):
        _ = [contact async for contact in coming]


async def test_another_owner_goes_on_with_a_rebuild(rig: Rig) -> None:
    writer = await begun(rig, anew(20, 40))
    await writer.write(NEW)
    lease = await rig.another().acquire(CONTACTS)
    assert (lease.position, lease.watermark_ms) == (30, ms(30))
    assert lease.rebuild == Rebuild(20, 40, ms(0), 30, complete=True)
    assert await rig.store.apply(CONTACTS, writer.token, writer.step(OLD)) is Verdict.FENCED
    step = Checkpoint(30, 40, ms(40), ms(41), Changes())
    assert await rig.store.apply(CONTACTS, lease.token, step) is Verdict.APPLIED
    assert await rig.store.apply(CONTACTS, lease.token, step) is Verdict.REPEAT
    assert (await seen(rig)).cells == NEW.cells


async def test_only_the_owner_begins(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(OLD)
    before = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert await rig.store.begin(CONTACTS, writer.token - 1, anew(0, 20)) is Verdict.FENCED
    assert await rig.store.delta(CONTACTS, 0, since_ms=0) == before
    await rig.lose()
    assert await rig.store.begin(CONTACTS, writer.token, anew(0, 20)) is Verdict.ELSEWHERE
    assert await rig.store.partitions() == []


async def test_a_rebuild_that_begins_again_forgets_its_first_attempt(rig: Rig) -> None:
    writer = await begun(rig, anew(20, 40))
    await writer.write(NEW)
    await writer.lease()
    assert await rig.store.begin(CONTACTS, writer.token, anew(0, 40, lost=3)) is Verdict.APPLIED
    loaded = await rig.store.load(CONTACTS, entities=[C2], cells=[total()])
    assert (loaded.facts, loaded.cells) == ({}, {total(): {}})
    assert (await seen(rig)).cells == OLD.cells
    delta = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert (delta.lost, delta.watermark_ms, delta.rebuild) == (
        3,
        ms(100),
        Rebuild(0, 40, ms(0), 0, complete=True),
    )


async def test_a_copy_of_a_plan_that_arrives_late_begins_nothing(rig: Rig) -> None:
    # The server may do long after what a client has given up and sent again.
    writer = await begun(rig, anew(20, 40))
    await writer.write(NEW)
    before = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert await rig.store.begin(CONTACTS, writer.token, anew(20, 40)) is Verdict.REPEAT
    assert await rig.store.delta(CONTACTS, 0, since_ms=0) == before
    assert await rig.store.check(CONTACTS, writer.token, 30) is Verdict.APPLIED


async def test_catching_up_goes_on_in_what_is_stored(rig: Rig) -> None:
    plan = Plan(100, 120, ms(0), anew=False)
    writer = await begun(rig, plan)
    copy = await seen(rig)
    assert copy.cells == OLD.cells
    await writer.write(NEW)
    delta = await copy.follow(rig.store)
    assert (delta.cells, delta.rebuild) == (NEW.cells, Rebuild(100, 120, ms(0), 110, complete=True))
    await writer.write()
    delta = await copy.follow(rig.store)
    assert (delta.full, delta.rebuild, delta.lost) == (False, None, 0)


async def test_a_request_sends_the_owner_to_acquire_again_and_is_over_once_begun(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(OLD)
    await rig.another().request(CONTACTS)
    assert await rig.store.check(CONTACTS, writer.token, 10) is Verdict.ELSEWHERE
    assert await rig.store.apply(CONTACTS, writer.token, writer.step(NEW)) is Verdict.ELSEWHERE
    assert (await seen(rig)).cells == OLD.cells
    assert await rig.store.rebuild_status(CONTACTS) == RebuildStatus(requested=True, rebuild=None, lost=0)
    lease = await rig.store.acquire(CONTACTS)
    assert lease.requested
    assert await rig.store.begin(CONTACTS, lease.token, anew(0, 10, lost=3)) is Verdict.APPLIED
    assert await rig.store.rebuild_status(CONTACTS) == RebuildStatus(
        requested=False, rebuild=Rebuild(0, 10, ms(0), 0, complete=True), lost=3
    )
    assert await rig.store.check(CONTACTS, lease.token, 0) is Verdict.APPLIED
    assert not (await rig.store.acquire(CONTACTS)).requested


async def test_after_a_loss_a_reader_of_a_rebuild_starts_again(rig: Rig) -> None:
    writer = await begun(rig, anew(20, 40))
    copy = await seen(rig)
    await asyncio.sleep(0.02)  # a store is not lost and taken over again within a millisecond
    await rig.lose()
    writer = await begun(rig, anew(0, 20), old=None)
    await writer.write(NEW)
    assert (await copy.follow(rig.store)).full
    assert copy.cells == NEW.cells


# Redis itself.

BASE = "pantau:{pantau.contacts:0}"


def versions(rig: Rig) -> set[str]:
    assert rig.raw is not None
    return {key.removeprefix(BASE).split(":")[1] for key in rig.raw.scan_iter(f"{BASE}:*")}


async def test_what_is_no_longer_needed_is_swept_away_and_nothing_else(redis_only: Rig) -> None:
    rig = redis_only
    assert rig.raw is not None
    writer = await begun(rig, anew(20, 40))
    await rig.store.sweep(CONTACTS)
    assert versions(rig) == {"meta", "v2"}
    await writer.write(Changes(facts={f"c\t{n}": [queued(n)] for n in range(2_500)}))
    rig.raw.set("pantau:{pantau.contacts:01}:v1:live", "of another")
    await writer.lease()
    await rig.store.begin(CONTACTS, writer.token, anew(20, 40))
    writer.position = 20
    await writer.write(NEW)
    assert versions(rig) == {"meta", "v2", "v3", "v4"}
    await rig.store.sweep(CONTACTS)
    assert versions(rig) == {"meta", "v2", "v4"}
    await writer.write(Changes(facts={C2: [answered(5)]}))
    await rig.store.sweep(CONTACTS)
    assert versions(rig) == {"meta", "v4"}
    assert rig.raw.exists("pantau:{pantau.contacts:01}:v1:live")
    assert not rig.raw.hexists(f"{BASE}:meta", "unswept")
    assert (await seen(rig)).cells == NEW.cells


async def test_a_sweep_from_before_a_loss_takes_nothing_of_what_came_after(redis_only: Rig) -> None:
    rig = redis_only
    assert rig.raw is not None
    await begun(rig, anew(0, 20), old=None)
    sweeper = rig.another()
    scan = sweeper._redis.scan  # type: ignore[attr-defined]

    async def lose_meanwhile(*asked: Any, **more: Any) -> tuple[int, list[str]]:
        found: tuple[int, list[str]] = await scan(*asked, **more)
        await rig.lose()
        await (await Writer(rig.store).acquire()).write(NEW)
        return found[0], [*found[1], f"{BASE}:v1:live"]

    sweeper._redis.scan = lose_meanwhile  # type: ignore[attr-defined]
    await sweeper.sweep(CONTACTS)
    assert (await seen(rig)).live == NEW.live


async def test_what_is_stored_in_another_format_is_neither_shown_nor_written_but_built_anew(
    redis_only: Rig,
) -> None:
    rig = redis_only
    assert rig.raw is not None
    writer = await Writer(rig.store).acquire()
    await writer.write(OLD, length=100)
    rig.raw.hset(f"{BASE}:meta", "format", 99)
    rig.raw.hset(f"{BASE}:live", C1, "of a time when keys had no version")
    delta = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert (delta.foreign, delta.full, delta.cells, delta.live) == (True, True, {}, {})
    assert await rig.store.apply(CONTACTS, writer.token, writer.step(NEW)) is Verdict.ELSEWHERE
    lease = await rig.store.acquire(CONTACTS)
    assert (lease.position, lease.watermark_ms, lease.rebuild) == (None, 0, None)
    assert await rig.store.begin(CONTACTS, lease.token, anew(0, 20)) is Verdict.APPLIED
    step = Checkpoint(0, 20, ms(20), ms(20), NEW)
    assert await rig.store.apply(CONTACTS, lease.token, step) is Verdict.APPLIED
    delta = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert (delta.foreign, delta.cells, delta.live) == (False, NEW.cells, NEW.live)
    await rig.store.sweep(CONTACTS)
    assert len(versions(rig)) == 2


async def test_what_is_built_beside_does_not_make_readers_start_again(
    redis_only: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.store.redis._MOST_CHANGES_KEPT", 2)
    writer = await begun(redis_only, anew(20, 100))
    copy = await seen(redis_only)
    for n in range(3):
        await writer.write(Changes(cells={pane(10 * n + k): {"offered": 1} for k in range(0, 90, 10)}))
        assert not (await copy.follow(redis_only.store)).full


async def test_a_reader_that_is_overtaken_by_the_switch_reads_again(
    redis_only: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = redis_only
    writer = await begun(rig, anew(20, 40))
    await writer.write(NEW)
    reader = rig.another()
    overtaken: list[bool] = []

    async def slow(*given: Any, **more: Any) -> None:
        if not overtaken:
            overtaken.append(True)
            await writer.write(Changes())
            await rig.store.sweep(CONTACTS)
        await read_all(*given, **more)

    monkeypatch.setattr("stream.store.redis.read_all", slow)
    delta = await reader.delta(CONTACTS, 0, since_ms=0)
    assert overtaken
    assert (delta.cells, delta.live, delta.position) == (NEW.cells, NEW.live, 40)
