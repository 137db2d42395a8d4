"""The store's promise, held against every implementation: memory, Valkey, Redis, and Redis as a cluster."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
import redis
from store_rig import KEPT, Copy, Rig, Writer, by_uid, long_pane, pane, raw_client, total
from support.factories import AGENTS, CONTACTS, answered, fact, ms, queued, state
from support.taking import take

from stream.domain.agent.schedule import Segment
from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.contact.entity import CONTACT
from stream.domain.definition import (
    Attribution,
    ClockStop,
    Definition,
    LeftPolicy,
    ServiceLevelRule,
    definitions,
)
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fact import Fact
from stream.domain.fold import LONG_PANE_MS, Cell, Changes
from stream.domain.kinds import Kind
from stream.domain.limits import OPEN_CONTACTS, Held
from stream.domain.oddity import Odd, Oddities, Sort
from stream.domain.rulebook import Change, Rulebook
from stream.domain.tally import Tally
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.codec import cell_text
from stream.store.keys import RULEBOOK
from stream.store.lease import Lease, Verdict
from stream.store.partition import Partition
from stream.store.rebuild import Plan
from stream.store.redis import RedisStore
from stream.store.rulebook import rulebook_text
from stream.store.sign import Sign, Standing
from stream.store.unreadable import Part, Unreadable

C1, C2, A1 = "c\tc1", "c\tc2", "a\ta1"
WAITING = (Live(waiting=True, series="c\tbilling\tvoice", since_ms=ms(0)),)
#: A consultation: it talks, and waits in two queues besides.
TALKING = (
    Live(waiting=False, series="c\tbilling\tvoice", since_ms=ms(5), team="Nord 客服"),
    Live(waiting=True, series="c\tsales\tvoice", since_ms=ms(7)),
    Live(waiting=True, series="c\tsales\tcallback", since_ms=ms(3600)),
)
ON_SHIFT = AgentLive(
    "talking",
    ms(3),
    "north",
    ("billing", "Rückfragen 客服"),
    2,
    "lunch",
    ms(0),
    (Segment(ms(0), ms(9), "productive", "north"),),
)
#: Names and texts as they come: unicode, blanks, JSON's own characters.
ODD = 'a "b" \\ {c} [d] é 客服 \u2028'


def changes(cells: dict[Cell, Tally] | None = None, **more: object) -> Changes:
    return replace(Changes(cells=cells or {}), **more)  # type: ignore[arg-type]


async def all_of(rig: Rig) -> Copy:
    copy = Copy()
    await copy.follow(rig.store)
    return copy


# Ownership.


async def test_nothing_is_stored_at_first(rig: Rig) -> None:
    assert await rig.store.partitions() == []
    lease = await rig.store.acquire(CONTACTS)
    assert lease == Lease(lease.token, None, 0, Held())
    assert await rig.store.partitions() == [CONTACTS]
    delta = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert (delta.full, delta.position, delta.watermark_ms, delta.written_ms) == (True, 0, 0, 0)
    assert (delta.cells, delta.live) == ({}, {})
    loaded = await rig.store.load(CONTACTS, entities=[C1], cells=[total()])
    assert (loaded.facts, loaded.cells) == ({}, {total(): {}})


async def test_a_lease_tells_where_the_state_stands(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(length=25)
    lease = await rig.another().acquire(CONTACTS)
    assert lease.token != writer.token
    assert (lease.position, lease.watermark_ms) == (25, ms(25))


async def test_acquiring_fences_every_earlier_lease(rig: Rig) -> None:
    writers = [await Writer(rig.another()).acquire() for _ in range(4)]
    *old, owner = writers
    for writer in old:
        step = writer.step(changes({total(): {"offered": 99}}))
        assert await writer.store.apply(CONTACTS, writer.token, step) is Verdict.FENCED
    await owner.write(changes({total(): {"offered": 1}}))
    for writer in old:
        assert await writer.store.apply(CONTACTS, writer.token, writer.step()) is Verdict.FENCED
    assert (await all_of(rig)).cells == {total(): {"offered": 1}}


async def test_a_partition_is_fenced_alone(rig: Rig) -> None:
    contacts, agents = await Writer(rig.store).acquire(), await Writer(rig.store, AGENTS).acquire()
    await rig.another().acquire(CONTACTS)
    await agents.write(changes({total("a\tnorth"): {"n.talking": 1}}))
    assert await rig.store.apply(CONTACTS, contacts.token, contacts.step()) is Verdict.FENCED
    assert await rig.store.partitions() == [AGENTS, CONTACTS]
    assert (await all_of(rig)).cells == {}


async def test_a_lease_from_before_a_loss_is_fenced_by_the_next_owner(rig: Rig) -> None:
    zombie = await Writer(rig.store).acquire()
    await zombie.write(changes({total(): {"offered": 500}}), length=500)
    await asyncio.sleep(0.02)  # a store is not lost and taken over again within a millisecond
    await rig.lose()
    owner = await Writer(rig.another()).acquire()
    assert owner.position == 0
    step = zombie.step(changes({total(): {"offered": 501}}))
    assert await zombie.store.apply(CONTACTS, zombie.token, step) is Verdict.FENCED
    await owner.write(changes({total(): {"offered": 1}}))


# Heartbeats: the latest of each source, whatever comes in which order.


async def beats(rig: Rig, writer: Writer, *steps: dict[str, int]) -> tuple[dict[str, int], int]:
    for step in steps:
        checkpoint = replace(writer.step(), heartbeats=step)
        assert await writer.store.apply(CONTACTS, writer.token, checkpoint) is Verdict.APPLIED
        writer.position = checkpoint.next_offset
    delta = await rig.another().delta(CONTACTS, 0, since_ms=0)
    return delta.heartbeats, delta.dropped_sources


async def test_of_a_source_the_latest_heartbeat_is_kept(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    assert await beats(rig, writer) == ({}, 0)
    told = [{"/a": ms(30)}, {"/a": ms(30), ODD: ms(20)}, {"/a": ms(15)}, {}]
    assert await beats(rig, writer, *told) == ({"/a": ms(30), ODD: ms(20)}, 0)
    assert await beats(rig, writer, {"/a": ms(31)}) == ({"/a": ms(31), ODD: ms(20)}, 0)


async def test_of_many_sources_the_oldest_give_way_and_are_counted(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    many = {f"/{n}": ms(n) for n in range(8)}
    assert await beats(rig, writer, many) == (many, 0)
    kept = {f"/{n}": ms(n) for n in range(2, 10)}
    assert await beats(rig, writer, {"/8": ms(8), "/9": ms(9)}) == (kept, 2)
    assert await beats(rig, writer, {"/0": ms(0)}, {"/2": ms(2)}) == (kept, 3)


async def test_which_sources_are_kept_does_not_depend_on_the_order(rig: Rig) -> None:
    told = [(f"/{n % 12}", ms(n * 7 % 40)) for n in range(40)]
    latest = {source: max(at for name, at in told if name == source) for source, _ in told}
    kept = dict(sorted(latest.items(), key=lambda item: (item[1], item[0]))[-8:])
    for order in (told, told[::-1], [*told[20:], *told, *told[:20]]):
        await rig.lose()
        writer = await Writer(rig.another()).acquire()
        assert (await beats(rig, writer, *({source: at} for source, at in order)))[0] == kept


async def test_heartbeats_come_with_every_delta_and_outlive_a_change_of_owner(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await beats(rig, writer, {"/a": ms(1)})
    reader = Copy()
    assert (await reader.follow(rig.store)).heartbeats == {"/a": ms(1)}
    delta = await reader.follow(rig.store)
    assert (delta.full, delta.heartbeats) == (False, {"/a": ms(1)})
    other = await Writer(rig.another()).acquire()
    assert await beats(rig, other) == ({"/a": ms(1)}, 0)
    late = replace(writer.step(), heartbeats={"/a": ms(9)})
    assert await writer.store.apply(CONTACTS, writer.token, late) is Verdict.FENCED
    assert await beats(rig, other) == ({"/a": ms(1)}, 0)


# Odd records: counted with the state, so that they are neither lost nor counted twice.

SCHEMA, UNREADABLE = Sort("schema", ODD), Sort("json", "")


async def noting(writer: Writer, oddities: Oddities) -> None:
    step = replace(writer.step(), oddities=oddities)
    assert await writer.store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
    writer.position = step.next_offset


async def test_odd_records_are_read_back_by_readers_and_by_the_next_owner(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    first: Oddities = {100: {SCHEMA: Odd(2, 5), UNREADABLE: Odd(1, 1 << 52)}, 101: {UNREADABLE: Odd(1, 9)}}
    await noting(writer, first)
    assert (await rig.another().delta(CONTACTS, 0, since_ms=0)).oddities == first
    assert (await rig.another().acquire(CONTACTS)).oddities == first
    other = await Writer(rig.another()).acquire()
    await noting(other, {100: {}, 160: {SCHEMA: Odd(7, 30)}})
    left = {101: first[101], 160: {SCHEMA: Odd(7, 30)}}
    assert (await rig.another().delta(CONTACTS, 0, since_ms=0)).oddities == left


async def test_odd_records_are_told_when_they_change_and_not_else(rig: Rig) -> None:
    writer, reader = await Writer(rig.store).acquire(), Copy()
    assert (await reader.follow(rig.store)).oddities == {}
    await noting(writer, {100: {SCHEMA: Odd(1, 5)}})
    assert (await reader.follow(rig.store)).oddities == {100: {SCHEMA: Odd(1, 5)}}
    await writer.write(changes({total(): {"offered": 1}}))
    assert (await reader.follow(rig.store)).oddities is None
    assert (await reader.follow(rig.store)).oddities is None


async def test_odd_records_of_what_is_refused_are_not_counted(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await noting(writer, {100: {SCHEMA: Odd(1, 5)}})
    again = Checkpoint(0, 10, ms(10), ms(10), Changes(), oddities={100: {SCHEMA: Odd(2, 5)}})
    assert await rig.store.apply(CONTACTS, writer.token, again) is Verdict.REPEAT
    assert await rig.store.apply(CONTACTS, writer.token + 1, again) is Verdict.FENCED
    assert (await rig.store.delta(CONTACTS, 0, since_ms=0)).oddities == {100: {SCHEMA: Odd(1, 5)}}


# Checkpoints: whole or not at all.


async def test_a_checkpoint_is_stored_whole(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    facts = {C1: [queued(0), answered(5)], A1: [state(0, "talking")]}
    cells: dict[Cell, Tally] = {
        total(): {"offered": 1},
        pane(0): {"offered": 1, "aw": 5000},
        long_pane(0): {"aw": 1},
    }
    await writer.write(changes(cells, facts=facts, live={C1: TALKING, A1: ON_SHIFT}))
    other = rig.another()
    loaded = await other.load(CONTACTS, entities=[C1, A1], cells=cells)
    assert {entity: by_uid(found) for entity, found in loaded.facts.items()} == {
        entity: by_uid(found) for entity, found in facts.items()
    }
    assert loaded.cells == cells
    delta = await other.delta(CONTACTS, 0, since_ms=0)
    assert (delta.position, delta.watermark_ms, delta.written_ms) == (10, ms(10), ms(10) + 7)
    assert (delta.cells, delta.live) == (cells, {C1: TALKING, A1: ON_SHIFT})


REFUSED = {
    "another token": (Verdict.FENCED, 1, 10, 20),
    "ahead": (Verdict.ELSEWHERE, 0, 11, 20),
    "behind": (Verdict.ELSEWHERE, 0, 5, 20),
    "from the beginning": (Verdict.ELSEWHERE, 0, 0, 20),
    "the same again": (Verdict.REPEAT, 0, 0, 10),
    "the same end": (Verdict.REPEAT, 0, 7, 10),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_what_is_refused_changes_nothing(rig: Rig, why: str) -> None:
    verdict, off, from_offset, next_offset = REFUSED[why]
    writer = await Writer(rig.store).acquire()
    kept: dict[Cell, Tally] = {total(): {"offered": 1}, pane(0): {"offered": 1}}
    await writer.write(changes(kept, facts={C1: [queued(0)]}, live={C1: WAITING}))
    before = await rig.store.delta(CONTACTS, 0, since_ms=0)
    wrong = changes(
        {total(): {"offered": 9}, pane(10): {"offered": 9}},
        facts={C1: [answered(5)], C2: [queued(9)]},
        forgotten={C1: [queued(0)]},
        live={C1: None, C2: WAITING},
    )
    step = Checkpoint(from_offset, next_offset, ms(99), ms(99), wrong)
    assert await rig.store.apply(CONTACTS, writer.token + off, step) is verdict
    assert await rig.store.delta(CONTACTS, 0, since_ms=0) == before
    loaded = await rig.store.load(CONTACTS, entities=[C1, C2], cells=[])
    assert loaded.facts == {C1: [queued(0)]}
    # And the partition goes on as if nothing had been.
    await writer.write(changes({total(): {"offered": 2}}))


LOOKED_AT = {
    "where it stands": (Verdict.APPLIED, 0, 10),
    "another token": (Verdict.FENCED, 1, 10),
    "another token elsewhere": (Verdict.FENCED, -1, 0),
    "ahead": (Verdict.ELSEWHERE, 0, 11),
    "behind": (Verdict.ELSEWHERE, 0, 0),
}


@pytest.mark.parametrize("why", LOOKED_AT)
async def test_a_check_tells_what_a_checkpoint_would_be_told(rig: Rig, why: str) -> None:
    verdict, off, position = LOOKED_AT[why]
    writer = await Writer(rig.store).acquire()
    await writer.write(changes({total(): {"offered": 1}}))
    before = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert await rig.store.check(CONTACTS, writer.token + off, position) is verdict
    assert await rig.store.delta(CONTACTS, 0, since_ms=0) == before
    step = Checkpoint(position, 20, ms(20), ms(20), Changes())
    assert await rig.store.apply(CONTACTS, writer.token + off, step) is verdict


async def test_nothing_is_accepted_before_it_was_told_where_it_begins(rig: Rig) -> None:
    lease = await rig.store.acquire(CONTACTS)
    step = Checkpoint(123, 140, ms(0), ms(0), Changes())
    assert await rig.store.check(CONTACTS, lease.token, 123) is Verdict.ELSEWHERE
    assert await rig.store.apply(CONTACTS, lease.token, step) is Verdict.ELSEWHERE


async def test_what_was_never_written_begins_where_its_first_owner_began(rig: Rig) -> None:
    lease = await take(rig.store, CONTACTS, earliest=123)
    assert await rig.store.check(CONTACTS, lease.token, 123) is Verdict.APPLIED
    # After it has been written, a replica goes on that knows of nothing but the lease.
    assert await rig.store.check(CONTACTS, lease.token, 130) is Verdict.ELSEWHERE
    step = Checkpoint(130, 140, ms(0), ms(0), Changes())
    assert await rig.store.apply(CONTACTS, lease.token, step) is Verdict.ELSEWHERE
    assert (await take(rig.another(), CONTACTS, earliest=125)).position == 123
    assert await rig.store.check(CONTACTS, lease.token, 123) is Verdict.FENCED


async def test_a_token_is_never_given_out_twice_and_readers_begin_anew(rig: Rig) -> None:
    # A replica that goes on as it was knows nothing of the tokens and sequence numbers given out since.
    first = await rig.store.acquire(CONTACTS)
    await asyncio.sleep(0.005)
    second = await rig.store.acquire(CONTACTS)
    assert second.token >= first.token + 4
    seen = await rig.store.delta(CONTACTS, first.token, since_ms=0)
    assert (seen.full, seen.cursor) == (True, second.token)
    assert not (await rig.store.delta(CONTACTS, seen.cursor, since_ms=0)).full


async def test_a_check_finds_a_loss_and_leaves_nothing_behind(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write()
    await rig.lose()
    assert await rig.store.check(CONTACTS, writer.token, writer.position) is Verdict.ELSEWHERE
    assert await rig.store.partitions() == []
    owner = await Writer(rig.another()).acquire()
    assert owner.position == 0
    assert await rig.store.check(CONTACTS, owner.token, 0) is Verdict.APPLIED


async def test_a_reply_that_was_lost_is_recognised_after_a_new_connection(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    step = writer.step(changes({total(): {"offered": 1}}))
    assert await rig.store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
    assert await rig.another().apply(CONTACTS, writer.token, step) is Verdict.REPEAT
    assert await rig.another().apply(CONTACTS, writer.token, step) is Verdict.REPEAT
    assert (await all_of(rig)).cells == {total(): {"offered": 1}}


async def test_positions_may_be_very_large(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire(earliest=1_000_000_000_000)
    await writer.write(length=1)
    assert (await rig.store.acquire(CONTACTS)).position == 1_000_000_000_001


async def test_values_are_absolute_and_replace_what_was(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(changes({total(): {"offered": 1, "aw": 500}, pane(0): {"offered": 1}}))
    await writer.write(changes({total(): {"offered": 2, "xw": 7}, pane(0): {}}))
    loaded = await rig.store.load(CONTACTS, entities=[], cells=[total(), pane(0)])
    assert loaded.cells == {total(): {"offered": 2, "xw": 7}, pane(0): {}}


async def test_workers_at_once_leave_one_state(rig: Rig) -> None:
    """Ten workers take the partition over and write at once: each checkpoint is whole, or it is not there."""

    async def work(n: int) -> Verdict:
        store = rig.another()
        writer = await Writer(store).acquire()
        await asyncio.sleep(0)
        mine: dict[Cell, Tally] = {total(f"c\tq{m}\tvoice"): {"offered": n} for m in range(20)}
        return await store.apply(CONTACTS, writer.token, writer.step(changes(mine)))

    verdicts = await asyncio.gather(*(work(n) for n in range(1, 11)))
    assert Verdict.APPLIED in verdicts
    assert set(verdicts) <= {Verdict.APPLIED, Verdict.FENCED, Verdict.REPEAT}
    cells = (await all_of(rig)).cells
    assert len(cells) == 20
    assert len({tally["offered"] for tally in cells.values()}) == 1


# Loading.


async def test_facts_are_read_as_they_were_written(rig: Rig) -> None:
    facts = [
        queued(0, ODD, "chat", visit=3, uid=ODD),
        fact(Kind.VISIT_ANSWERED, 1, visit=7, text=(ODD, "", ODD)),
        fact(Kind.CONTACT_ENDED, 2),
        fact(Kind.VISIT_LEFT, -3600, text=("overflow",)),
    ]
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(facts={f"c\t{ODD}": facts}))
    loaded = await rig.another().load(CONTACTS, entities=[f"c\t{ODD}"], cells=[])
    assert by_uid(loaded.facts[f"c\t{ODD}"]) == by_uid(facts)


async def test_tallies_are_read_as_they_were_written(rig: Rig) -> None:
    tally = {"offered": 0, "t.talking": -1_795_255_200_123_456, "^a5000": 3, f"left.{ODD}": -1, "aw": 1 << 53}
    cells: dict[Cell, Tally] = {
        cell: tally
        for series in (f"c\t{ODD}\tvoice", "a\tunassigned")
        for cell in (total(series), pane(-20, series))
    }
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(cells))
    assert (await rig.another().load(CONTACTS, entities=[], cells=cells)).cells == cells
    assert (await all_of(rig)).cells == cells


async def test_only_what_is_asked_for_is_loaded(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(
        changes({total(): {"offered": 1}, pane(0): {"offered": 1}}, facts={C1: [queued(0)], C2: [queued(1)]})
    )
    assert await rig.store.load(CONTACTS, entities=[], cells=[]) == Loaded()
    loaded = await rig.store.load(CONTACTS, entities=[C2, "c\tnobody"], cells=[pane(0), pane(10)])
    assert (loaded.facts, loaded.cells) == ({C2: [queued(1)]}, {pane(0): {"offered": 1}, pane(10): {}})


async def test_what_is_loaded_tells_whose_it_is_and_of_when(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(facts={C1: [queued(0)]}), length=7)
    loaded = await rig.store.load(CONTACTS, entities=[C1], cells=[])
    assert (loaded.token, loaded.position, loaded.watermark_ms) == (writer.token, 7, ms(7))
    assert loaded.judged(writer.token, 7) is Verdict.APPLIED
    assert loaded.judged(writer.token, 0) is Verdict.ELSEWHERE
    owner = await Writer(rig.another()).acquire()
    for wanted in ({"entities": [C1], "cells": []}, {"entities": [], "cells": [total()]}):
        loaded = await rig.store.load(CONTACTS, **wanted)
        assert (loaded.token, loaded.position) == (owner.token, 7)
        assert loaded.judged(writer.token, 7) is Verdict.FENCED
    await rig.lose()
    loaded = await rig.store.load(CONTACTS, entities=[C1], cells=[])
    assert loaded.judged(owner.token, 7) is Verdict.ELSEWHERE


async def test_facts_are_added_and_forgotten(rig: Rig) -> None:
    first, second, third = state(0, "available"), state(10, "talking"), state(20, "wrapup")
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(facts={A1: [first, second]}))
    await writer.write(changes(facts={A1: [third]}, forgotten={A1: [first]}))
    loaded = await rig.store.load(CONTACTS, entities=[A1], cells=[])
    assert by_uid(loaded.facts[A1]) == by_uid([second, third])


async def test_of_one_identity_the_last_content_written_is_kept(rig: Rig) -> None:
    old, new = queued(0, "billing", uid="x"), queued(7, "sales", uid="x")
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(facts={C1: [old]}))
    await writer.write(changes(facts={C1: [new]}))
    assert (await rig.store.load(CONTACTS, entities=[C1], cells=[])).facts == {C1: [new]}


async def test_what_was_loaded_may_be_changed_freely(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    given: Tally = {"offered": 1}
    await writer.write(changes({total(): given}))
    given["offered"] = 99
    loaded = await rig.store.load(CONTACTS, entities=[], cells=[total()])
    loaded.cells[total()]["offered"] = 77
    (await all_of(rig)).cells[total()]["offered"] = 55
    assert (await rig.store.load(CONTACTS, entities=[], cells=[total()])).cells == {total(): {"offered": 1}}


# Contacts: all of them, one after another.


async def contacts_of(rig: Rig, partition: Partition = CONTACTS) -> dict[str, list[Fact]]:
    return {contact: by_uid(facts) async for contact, facts in rig.store.known(partition, CONTACT)}


async def test_the_contacts_of_a_partition_come_with_all_their_facts(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    told = {C1: [queued(0), answered(5)], C2: [queued(9)], f"c\t{ODD}": [queued(1, ODD)]}
    await writer.write(changes({total(): {"offered": 3}}, facts={**told, A1: [state(0, "talking")]}))
    other = await Writer(rig.store, AGENTS).acquire()
    await other.write(changes(facts={"c\telsewhere": [queued(3)]}))
    found = await contacts_of(rig)
    assert found == {entity.removeprefix("c\t"): by_uid(facts) for entity, facts in told.items()}
    assert await contacts_of(rig, AGENTS) == {"elsewhere": [queued(3)]}


async def test_where_nothing_is_stored_there_are_no_contacts(rig: Rig) -> None:
    assert await contacts_of(rig) == {}
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(facts={A1: [state(0, "talking")]}))
    assert await contacts_of(rig) == {}


@pytest.mark.parametrize("topic", ["a*c", "a?c", "a[b]c", "a\\c"])
async def test_a_topic_is_no_pattern(rig: Rig, topic: str) -> None:
    for name in (topic, "abc", "axxc"):
        writer = await Writer(rig.store, Partition(name, 0)).acquire()
        await writer.write(changes(facts={f"c\tof {name}": [queued(0)]}))
    assert await contacts_of(rig, Partition(topic, 0)) == {f"of {topic}": [queued(0)]}


async def test_more_contacts_than_one_step_finds_come_all(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    told = {f"c\t{n}": [queued(n), answered(n + 1)] for n in range(2_500)}
    await writer.write(changes(facts=told))
    found = await contacts_of(rig)
    assert found == {entity.removeprefix("c\t"): by_uid(facts) for entity, facts in told.items()}


# What is open, for its owner to tell again.


async def live_in(rig: Rig, partition: Partition = CONTACTS) -> dict[str, object]:
    return {entity: state async for step in rig.store.live(partition) for entity, state in step.items()}


async def test_what_is_live_comes_as_it_was_written(rig: Rig) -> None:
    assert await live_in(rig) == {}
    writer = await Writer(rig.store).acquire()
    open_ = {C1: TALKING, f"c\t{ODD}": WAITING, A1: ON_SHIFT}
    await writer.write(changes(live={**open_, C2: WAITING}))
    await writer.write(changes(live={C2: None}))
    assert await live_in(rig) == open_
    assert await live_in(rig, AGENTS) == {}


async def test_more_than_one_step_finds_comes_in_steps(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    open_ = {f"c\t{n}": WAITING for n in range(2_500)}
    await writer.write(changes(live=open_))
    assert await live_in(rig) == open_
    if rig.raw is not None:
        steps = [len(step) async for step in rig.store.live(CONTACTS)]
        assert max(steps) < len(open_)


async def test_what_is_live_is_that_of_the_version_being_written(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(live={C1: WAITING}))
    lease = await rig.store.acquire(CONTACTS)
    await rig.store.begin(CONTACTS, lease.token, Plan(0, 100, ms(0), anew=True))
    writer.token, writer.position = lease.token, 0
    await writer.write(changes(live={C2: WAITING}))
    assert await live_in(rig) == {C2: WAITING}


async def test_when_it_was_kept_outlives_owners_and_versions(rig: Rig) -> None:
    assert await rig.store.kept_ms(CONTACTS) == 0
    writer = await Writer(rig.store).acquire()
    await rig.store.note_kept(CONTACTS, ms(5))
    await writer.write(changes(live={C1: WAITING}))
    lease = await rig.another().acquire(CONTACTS)
    await rig.store.begin(CONTACTS, lease.token, Plan(0, 0, ms(0), anew=True))
    assert await rig.store.kept_ms(CONTACTS) == ms(5)
    assert await rig.store.kept_ms(AGENTS) == 0


async def test_a_note_in_an_empty_store_is_no_state(rig: Rig) -> None:
    await rig.store.note_kept(CONTACTS, ms(5))
    lease = await rig.store.acquire(CONTACTS)
    assert (lease.position, lease.rebuild) == (None, None)
    assert await rig.store.kept_ms(CONTACTS) == ms(5)


# Signs of life: whether somebody owns the partition still.


async def sign_in(rig: Rig) -> Sign | None:
    return (await rig.another().delta(CONTACTS, 0, since_ms=0)).sign


async def test_a_reader_is_given_the_latest_sign_of_life_and_nothing_else_has_changed(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    before = await rig.store.delta(CONTACTS, 0, since_ms=0)
    assert before.sign is not None, "who takes it over lives"
    assert before.sign[1:] == (0, 0, 0, "")
    await rig.store.sign(
        CONTACTS, writer.token, Standing(silent_ms=1_200, behind=7, waiting_ms=90, hold="halted")
    )
    after = await rig.store.delta(CONTACTS, before.cursor, since_ms=0)
    assert after.sign is not None
    assert after.sign[1:] == (1_200, 7, 90, "halted")
    assert replace(after, sign=before.sign, full=before.full, oddities=before.oddities) == before
    await asyncio.sleep(0.005)
    await rig.store.sign(CONTACTS, writer.token, Standing(silent_ms=0, behind=0))
    again = await rig.store.delta(CONTACTS, before.cursor, since_ms=0)
    assert again.sign is not None
    assert again.sign.at_ms > after.sign.at_ms
    assert again.sign[1:] == (0, 0, 0, "")


async def test_only_the_owner_gives_signs_of_life(rig: Rig) -> None:
    first = await Writer(rig.store).acquire()
    await rig.store.sign(CONTACTS, first.token, Standing(silent_ms=0, behind=1))
    second = await Writer(rig.another()).acquire()
    await rig.store.sign(CONTACTS, first.token, Standing(silent_ms=0, behind=2))
    assert (found := await sign_in(rig)) is not None
    assert found.behind == 0
    await second.store.sign(CONTACTS, second.token, Standing(silent_ms=0, behind=3))
    assert (found := await sign_in(rig)) is not None
    assert found.behind == 3


async def test_a_sign_of_life_outlives_versions_and_is_given_while_one_is_built(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(live={C1: WAITING}))
    lease = await rig.store.acquire(CONTACTS)
    await rig.store.begin(CONTACTS, lease.token, Plan(0, 100, ms(0), anew=True))
    await rig.store.sign(CONTACTS, lease.token, Standing(silent_ms=5, behind=100))
    assert (found := await sign_in(rig)) is not None
    assert found[1:] == (5, 100, 0, "")


async def test_a_store_tells_how_many_offsets_nobody_has_accounted_for(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire(earliest=5)
    await writer.write(length=10)
    step = writer.step(length=10)
    for records, gaps, missing in ((7, 3, 0), (7, 1, 2)):
        told = replace(step, from_offset=writer.position, next_offset=writer.position + 10)
        await rig.store.apply(CONTACTS, writer.token, replace(told, records=records, gaps=gaps))
        writer.position += 10
        assert (await rig.another().delta(CONTACTS, 0, since_ms=0)).unaccounted == missing
    lease = await rig.store.acquire(CONTACTS)
    assert (lease.position, lease.unaccounted) == (35, 2)
    await rig.store.begin(CONTACTS, lease.token, Plan(5, 35, ms(0), anew=True))
    assert (await rig.store.delta(CONTACTS, 0, since_ms=0)).unaccounted == 0, "it is being built anew"
    whole = replace(step, from_offset=5, next_offset=35, records=30)
    await rig.store.apply(CONTACTS, lease.token, whole)
    assert (await rig.store.delta(CONTACTS, 0, since_ms=0)).unaccounted == 0


async def test_a_store_with_room_is_not_full(rig: Rig) -> None:
    assert not await rig.store.is_full()


async def test_in_a_store_that_was_lost_nobody_gives_signs(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await rig.lose()
    await rig.store.sign(CONTACTS, writer.token, Standing(silent_ms=0, behind=0))
    assert await sign_in(rig) is None
    assert await rig.store.partitions() == []


# Readers: what changed.


async def test_a_reader_sees_each_change_once(rig: Rig) -> None:
    writer, reader = await Writer(rig.store).acquire(), rig.another()
    await writer.write(
        changes({total(): {"offered": 1}, pane(0): {"offered": 1}}, live={C1: WAITING, A1: ON_SHIFT})
    )
    copy = Copy()
    assert (await copy.follow(reader)).full
    await writer.write(changes({total(): {"offered": 2}, pane(10): {"offered": 1}}, live={C1: TALKING}))
    delta = await copy.follow(reader)
    assert not delta.full
    assert delta.cells == {total(): {"offered": 2}, pane(10): {"offered": 1}}
    assert delta.live == {C1: TALKING}
    delta = await copy.follow(reader)
    assert (delta.full, delta.cells, delta.live) == (False, {}, {})
    assert (delta.position, delta.watermark_ms, delta.written_ms) == (20, ms(20), ms(20) + 7)
    assert copy == await all_of(rig)


async def test_a_reader_that_slept_sees_all_that_changed_meanwhile(rig: Rig) -> None:
    writer, copy = await Writer(rig.store).acquire(), Copy()
    await writer.write(changes({total(): {"offered": 1}}, live={C1: WAITING, C2: WAITING}))
    await copy.follow(rig.store)
    for n in range(2, 12):
        moved: dict[Cell, Tally] = {total(): {"offered": n}, pane(10 * n): {"offered": 1}}
        await writer.write(changes(moved, live={C1: replace_since(n), **({C2: None} if n == 5 else {})}))
    delta = await copy.follow(rig.store)
    assert not delta.full
    assert copy.live == {C1: replace_since(11)}
    assert delta.live == {C1: replace_since(11), C2: None}
    assert copy == await all_of(rig)


def replace_since(n: int) -> tuple[Live, ...]:
    return (WAITING[0]._replace(since_ms=ms(n)),)


async def test_who_is_gone_is_told_once_and_not_to_those_who_come_later(rig: Rig) -> None:
    writer, copy = await Writer(rig.store).acquire(), Copy()
    await writer.write(changes(live={C1: WAITING, A1: ON_SHIFT}))
    await copy.follow(rig.store)
    await writer.write(changes(live={C1: None}))
    assert (await copy.follow(rig.store)).live == {C1: None}
    assert (await copy.follow(rig.store)).live == {}
    assert (await all_of(rig)).live == {A1: ON_SHIFT}
    await writer.write(changes(live={C1: TALKING, C2: None}))
    assert (await copy.follow(rig.store)).live in ({C1: TALKING, C2: None}, {C1: TALKING})
    assert copy.live == {C1: TALKING, A1: ON_SHIFT}


async def test_two_readers_do_not_take_each_others_changes(rig: Rig) -> None:
    writer, one, other = await Writer(rig.store).acquire(), Copy(), Copy()
    await one.follow(rig.another())
    for n in range(1, 5):
        await writer.write(changes({total(): {"offered": n}}))
        await one.follow(rig.store)
        if n % 2:
            await other.follow(rig.another())
    await other.follow(rig.store)
    assert one.cells == other.cells == {total(): {"offered": 4}}


async def test_a_cursor_from_the_future_starts_again(rig: Rig) -> None:
    writer, copy = await Writer(rig.store).acquire(), Copy()
    await writer.write(changes({total(): {"offered": 1}}))
    await copy.follow(rig.store)
    copy.cursor += 1_000_000
    assert (await copy.follow(rig.store)).full


async def test_the_whole_begins_where_it_is_asked_to_and_has_the_totals(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    day = 86_400
    cells: dict[Cell, Tally] = {
        cell: {"offered": n + 1}
        for n, cell in enumerate(
            [
                total(),
                pane(0),
                pane(day),
                long_pane(0),
                long_pane(day - 7200),
                long_pane(day),
                pane(day - 3600),
            ]
        )
    }
    await writer.write(changes(cells), length=day)
    delta = await rig.store.delta(CONTACTS, 0, since_ms=ms(day - 3600))
    wanted = {c: t for c, t in cells.items() if c == total() or c.start_ms >= ms(day - 3600)}
    # A store may give a little more: it reads panes by the block.
    assert {c: t for c, t in delta.cells.items() if c in wanted} == wanted
    assert all(c.start_ms >= ms(day - 3600) - 3_600_000 for c in delta.cells if c != total())


async def test_a_reader_behind_more_changes_than_are_kept_gets_the_whole(rig: Rig) -> None:
    writer, copy = await Writer(rig.store).acquire(), Copy()
    await writer.write(changes({pane(0): {"offered": 1}}, live={C1: WAITING, C2: WAITING}))
    await copy.follow(rig.store)
    for block in range(3):
        many: dict[Cell, Tally] = {pane(0, f"c\tq{block}-{n}\tvoice"): {"offered": n} for n in range(20_000)}
        await writer.write(changes(many, live={C1: None} if block == 0 else {}))
    delta = await copy.follow(rig.store)
    if rig.raw is not None:
        assert delta.full  # what changed is not kept for ever
        assert rig.raw.zcard("pantau:{pantau.contacts:0}:v2:changes") == 50_000
    assert len(copy.cells) == 60_001
    assert copy.cells[pane(0, "c\tq2-19999\tvoice")] == {"offered": 19_999}
    assert copy.live == {C2: WAITING}
    await writer.write(changes({pane(0): {"offered": 2}}))
    delta = await copy.follow(rig.store)
    assert (delta.full, delta.cells) == (False, {pane(0): {"offered": 2}})


async def test_after_a_loss_a_reader_starts_again(rig: Rig) -> None:
    writer, reader = await Writer(rig.store).acquire(), rig.another()
    copy = Copy()
    old: dict[Cell, Tally] = {total(): {"offered": 9}, pane(0): {"offered": 9}}
    await writer.write(changes(old, live={C1: WAITING}), length=900)
    await copy.follow(reader)
    await asyncio.sleep(0.02)  # a store is not lost and rebuilt within a millisecond
    await rig.lose()
    assert await reader.partitions() == []
    rebuilt = await Writer(rig.another()).acquire()
    assert rebuilt.position == 0
    await rebuilt.write(changes({total(): {"offered": 1}}, live={C2: WAITING}), length=1)
    delta = await copy.follow(reader)
    assert delta.full
    assert (copy.cells, copy.live) == ({total(): {"offered": 1}}, {C2: WAITING})
    await rebuilt.write(changes({total(): {"offered": 2}}))
    assert not (await copy.follow(reader)).full


async def test_nothing_written_after_an_older_copy_was_put_back_hides_from_a_reader(rig: Rig) -> None:
    if rig.raw is None:
        pytest.skip("nobody puts back a copy of what a process holds")
    writer, reader, copy = await Writer(rig.store).acquire(), rig.another(), Copy()
    await writer.write(changes({pane(0): {"offered": 1}}))
    raw = raw_client(rig.name, rig.url, decode_responses=False)
    backup = {key: raw.dump(key) for key in raw.keys("*")}
    for live in ({C1: WAITING}, {C2: WAITING}):
        await writer.write(changes({pane(0): {"offered": 2}}, live=live))
        await copy.follow(reader)
    await rig.lose()
    for key, content in backup.items():
        raw.restore(key, 0, content)
    raw.close()
    again = await Writer(rig.another()).acquire()
    # It catches up in one large batch, in which C1 came and went, and goes on before the reader looks again.
    await again.write(changes({pane(0): {"offered": 9}}, live={C2: WAITING}), length=60)
    for n in range(5):
        await again.write(changes({pane(100 + 10 * n): {"offered": 1}}))
    await copy.follow(reader)
    assert copy.cells[pane(0)] == {"offered": 9}
    assert copy.live == {C2: WAITING}


async def test_after_a_loss_with_nothing_rebuilt_a_reader_is_told_nothing_is_there(rig: Rig) -> None:
    writer, copy = await Writer(rig.store).acquire(), Copy()
    await writer.write(changes({total(): {"offered": 9}}, live={C1: WAITING}))
    await copy.follow(rig.store)
    await asyncio.sleep(0.02)
    await rig.lose()
    await rig.another().acquire(CONTACTS)
    await copy.follow(rig.store)
    assert (copy.cells, copy.live) == ({}, {})


async def test_the_number_of_partitions_is_the_first_that_was_told_until_all_is_lost(rig: Rig) -> None:
    assert await rig.store.partition_count("pantau.contacts", 4) == 4
    assert await rig.another().partition_count("pantau.contacts", 6) == 4
    assert await rig.store.partition_count("pantau.agents", 6) == 6
    await rig.lose()
    assert await rig.store.partition_count("pantau.contacts", 6) == 6


# Size.


async def test_a_checkpoint_may_change_very_much(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    cells: dict[Cell, Tally] = {
        pane(10 * (n % 360), f"c\tq{n}\tvoice"): {"offered": n, f"left.{n}": 1} for n in range(20_000)
    }
    entities = {f"c\t{n}": [queued(n), answered(n + 1)] for n in range(5_000)}
    live: dict[str, tuple[Live, ...] | AgentLive | None] = dict.fromkeys(entities, WAITING)
    began = time.perf_counter()
    await writer.write(changes(cells, facts=entities, live=live), length=3600)
    assert time.perf_counter() - began < 4  # redis-py gives up after five seconds
    loaded = await rig.another().load(CONTACTS, entities=entities, cells=cells)
    assert loaded.cells == cells
    assert {entity: by_uid(facts) for entity, facts in loaded.facts.items()} == {
        entity: by_uid(facts) for entity, facts in entities.items()
    }
    copy = Copy()
    await copy.follow(rig.store)
    assert (copy.cells, copy.live) == (cells, live)
    await writer.write(changes({cell: {"offered": 1} for cell in cells}, live=dict.fromkeys(live)))
    delta = await copy.follow(rig.store)
    assert (delta.full, len(delta.cells), set(delta.live.values())) == (False, 20_000, {None})
    assert copy == await all_of(rig)


async def test_one_entity_may_have_very_many_facts(rig: Rig) -> None:
    facts = [queued(n, uid=f"x{n}") for n in range(9_000)]
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(facts={C1: facts}))
    await writer.write(changes(facts={C1: [answered(1)]}, forgotten={C1: facts[:8_999]}))
    loaded = await rig.store.load(CONTACTS, entities=[C1], cells=[])
    assert by_uid(loaded.facts[C1]) == by_uid([facts[-1], answered(1)])


# Redis itself.


async def test_every_key_lives_as_long_as_it_must(redis_only: Rig) -> None:
    writer = await Writer(redis_only.store).acquire()
    cells: dict[Cell, Tally] = {cell: {"offered": 1} for cell in (total(), pane(0), pane(5000), long_pane(0))}
    facts = {C1: [queued(0)], A1: [state(0, "talking")]}
    await writer.write(changes(cells, facts=facts, live={C2: WAITING}))
    raw = redis_only.raw
    assert raw is not None
    lives = {key: raw.pttl(key) for key in raw.scan_iter("*")}
    base = "pantau:{pantau.contacts:0}"
    # Kept as long as it can be corrected or read; a day of slack, since this is by the clock and that is not.
    must = {
        f"{base}:v2:e:{C1}": KEPT.contacts_ms,
        f"{base}:v2:e:{A1}": KEPT.agents_ms,
        f"{base}:v2:10000:{ms(0) // 600_000}": KEPT.short_panes_ms,
        f"{base}:v2:10000:{ms(5000) // 600_000}": KEPT.short_panes_ms,
        f"{base}:v2:60000:{ms(0) // 3_600_000}": KEPT.long_panes_ms,
    }
    forever = {
        "pantau:partitions",
        *(f"{base}:{end}" for end in ("meta", "v2:changes", "v2:counts", "v2:live", "v2:total")),
    }
    assert set(lives) == {*must, *forever}
    assert {key for key, ttl_ms in lives.items() if ttl_ms == -1} == forever
    for key, least_ms in must.items():
        assert least_ms < lives[key] <= least_ms + 26 * 3_600_000


async def test_what_is_open_lasts_until_it_ends(redis_only: Rig) -> None:
    writer = await Writer(redis_only.store).acquire()
    key = f"pantau:{{pantau.contacts:0}}:v2:e:{C1}"
    raw = redis_only.raw
    assert raw is not None
    await writer.write(changes(facts={C1: [queued(0)]}, live={C1: WAITING}))
    assert raw.pttl(key) == -1
    await writer.write(changes(facts={C1: [answered(1)]}, live={C1: None}))
    assert raw.pttl(key) > KEPT.contacts_ms
    await writer.write(changes(facts={C1: [queued(2)]}, live={C1: WAITING}))
    assert raw.pttl(key) == -1
    await writer.write(changes(facts={C1: [queued(3)]}))
    assert raw.pttl(key) == -1


async def test_a_change_renews_the_life_of_a_key(redis_only: Rig) -> None:
    writer = await Writer(redis_only.store).acquire()
    change = changes({pane(0): {"offered": 1}}, facts={C1: [queued(0)]})
    await writer.write(change)
    raw = redis_only.raw
    assert raw is not None
    keys = [key for key in raw.scan_iter("*") if raw.pttl(key) > 0]
    assert len(keys) == 2
    for key in keys:
        raw.pexpire(key, 1_000)
    await writer.write(change)
    assert all(raw.pttl(key) > 1_000_000 for key in keys)


async def test_a_key_that_ran_out_is_as_one_that_never_was(redis_only: Rig) -> None:
    writer, copy = await Writer(redis_only.store).acquire(), Copy()
    await writer.write(changes({pane(0): {"offered": 1}}, facts={C1: [queued(0)]}))
    raw = redis_only.raw
    assert raw is not None
    for key in [key for key in raw.scan_iter("*") if raw.pttl(key) > 0]:
        raw.delete(key)
    loaded = await redis_only.store.load(CONTACTS, entities=[C1], cells=[pane(0)])
    assert (loaded.facts, loaded.cells) == ({}, {pane(0): {}})
    assert (await copy.follow(redis_only.store)).cells == {}


async def test_all_keys_of_a_partition_lie_in_one_slot(redis_only: Rig) -> None:
    for partition in (CONTACTS, Partition("pantau.contacts", 1), AGENTS):
        writer = await Writer(redis_only.store, partition).acquire()
        await writer.write(
            changes({total(): {"offered": 1}, pane(0): {"offered": 1}}, facts={C1: [queued(0)]})
        )
    raw = redis_only.raw
    assert raw is not None
    if redis_only.name == "cluster":
        slots: dict[str, set[int]] = {}
        for key in raw.scan_iter("pantau:{*"):
            slot = raw.execute_command("CLUSTER", "KEYSLOT", key)
            slots.setdefault(key.split("}")[0], set()).add(slot)
        assert len(slots) == 3
        assert all(len(found) == 1 for found in slots.values())
        assert len({slot for found in slots.values() for slot in found}) == 3
    tags = {key.split("}")[0] for key in raw.scan_iter("*") if "{" in key}
    assert tags == {"pantau:{pantau.contacts:0", "pantau:{pantau.contacts:1", "pantau:{pantau.agents:0"}


async def test_sequence_numbers_survive_more_changes_than_milliseconds(redis_only: Rig) -> None:
    # They begin at the time of day, and are not lost in the rounding of a float.
    writer, copy = await Writer(redis_only.store).acquire(), Copy()
    cursors = []
    for n in range(30):
        await writer.write(changes({total(): {"offered": n}}), length=1)
        cursors.append((await copy.follow(redis_only.store)).cursor)
    assert [b - a for a, b in pairwise(cursors)] == 29 * [1]
    assert abs(cursors[0] / 1000 - time.time()) < 60


AWAY = r"^Redis cannot be reached: .*[^.]; start it or set PANTAU_REDIS_URL$"


async def test_a_redis_that_is_not_there_is_unavailable_and_nothing_else() -> None:
    store = RedisStore("redis://127.0.0.1:1/0", retention=KEPT, timeout_seconds=0.2)
    calls = [
        store.acquire(CONTACTS),
        store.load(CONTACTS, entities=[C1], cells=[]),
        store.apply(CONTACTS, 1, Checkpoint(0, 1, 0, 0, Changes())),
        store.check(CONTACTS, 1, 0),
        store.partitions(),
        store.delta(CONTACTS, 0, since_ms=0),
        store.kept_ms(CONTACTS),
        store.note_kept(CONTACTS, 1),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailable, match=AWAY):
            await call
    for steps in (store.known(CONTACTS, CONTACT), store.live(CONTACTS)):
        with pytest.raises(StoreUnavailable, match=AWAY):
            await anext(aiter(steps))
    await store.close()


async def test_a_redis_that_refuses_is_unavailable_and_nothing_else(redis_only: Rig) -> None:
    raw = redis_only.raw
    assert raw is not None
    raw.set("pantau:{pantau.contacts:0}:meta", "no hash")
    for call in (redis_only.store.acquire(CONTACTS), redis_only.store.delta(CONTACTS, 0, since_ms=0)):
        with pytest.raises(StoreUnavailable, match="Redis refused"):
            await call


# Limits.


async def test_names_stay_and_open_contacts_are_counted(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    names = [("queues", 'Rück "1"\tvoice'), ("teams", "north")]
    await writer.write(changes(live={C1: WAITING, C2: WAITING, A1: ON_SHIFT}, names=names))
    await writer.write(changes(live={C2: None}, names=[("teams", "south")]))
    wanted = Held({*names, ("teams", "south")}, Counter({OPEN_CONTACTS: 1}))
    assert await rig.another().held(CONTACTS) == wanted
    assert (await rig.another().acquire(CONTACTS)).held == wanted


async def test_what_is_held_is_that_of_the_version_being_written(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    await writer.write(changes(live={C1: WAITING, C2: WAITING}, names=[("teams", "north")]))
    lease = await rig.store.acquire(CONTACTS)
    await rig.store.begin(CONTACTS, lease.token, Plan(0, 100, ms(0), anew=True))
    writer.token, writer.position = lease.token, 0
    await writer.write(changes(live={C2: WAITING}, names=[("teams", "south")]))
    wanted = Held({("teams", "south")}, Counter({OPEN_CONTACTS: 1}))
    assert await rig.store.held(CONTACTS) == wanted
    assert (await rig.another().acquire(CONTACTS)).held == wanted


async def test_what_is_held_is_of_one_instant(rig: Rig) -> None:
    writer, reader = await Writer(rig.store).acquire(), rig.another()

    async def write() -> None:
        for n in range(100):
            await writer.write(changes(live={f"c\t{n}": WAITING}, names=[("queues", f"{n}\tvoice")]))

    writing = asyncio.create_task(write())
    while not writing.done():
        held = await reader.held(CONTACTS)
        assert len(held.names) == held.open[OPEN_CONTACTS]
        await asyncio.sleep(0)
    await writing


async def test_what_is_held_is_the_callers_own(rig: Rig) -> None:
    (await rig.store.acquire(CONTACTS)).held.take([("teams", "x")], {OPEN_CONTACTS: 1})
    assert await rig.store.held(CONTACTS) == Held()


async def test_a_server_that_deletes_at_will_is_told_from_one_that_refuses(fresh_redis_url: str) -> None:
    store = RedisStore(fresh_redis_url)
    try:
        with redis.Redis.from_url(fresh_redis_url) as raw:
            assert await store.eviction() == "noeviction"
            raw.config_set("maxmemory-policy", "allkeys-lru")
            try:
                assert await store.eviction() == "allkeys-lru"
            finally:
                raw.config_set("maxmemory-policy", "noeviction")
            raw.acl_setuser("curbed", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-info"])
            curbed = RedisStore(fresh_redis_url.replace("//", "//curbed:x@"))
            assert await curbed.eviction() is None
            await curbed.close()
            raw.acl_deluser("curbed")
    finally:
        await store.close()


# The rulebook: one for all partitions, which whoever comes first writes, and by which all is booked.


def book(generation: int = 5, *, changes: int = 1) -> Rulebook:
    """One that says all that one can say."""
    written = Definition(
        25_000,
        1_000,
        ServiceLevelRule.CREDIT_SHORT,
        0.75,
        Attribution.EXITED,
        LeftPolicy.MISS,
        LeftPolicy.MET_IN_TARGET,
        (25_000, 60_000),
        3,
        ClockStop.ACCEPTED,
    )
    found = definitions(
        {(ODD, "voice"): ((0, Definition()), (ms(60), written)), ("billing", "chat"): written},
        {"chat": written},
        ((0, Definition()), (ms(120), Definition(9_000))),
        by_agent=True,
        wait_edges_ms=(5_000, 25_000),
    )
    told = tuple(Change(f"f{n}", ms(n), ms(60) if n else None) for n in range(changes))
    return Rulebook(generation, found, 30_000, told)


async def test_no_rulebook_is_stored_at_first(rig: Rig) -> None:
    assert await rig.store.rulebook_id() is None
    assert await rig.store.rulebook() is None


async def test_a_rulebook_is_read_as_it_was_written(rig: Rig) -> None:
    assert await rig.store.put_rulebook(book(), over=None) == book()
    assert await rig.another().rulebook() == book()
    assert await rig.another().rulebook_id() == "5.1"


async def test_of_two_who_write_a_rulebook_the_first_is_read_by_both(rig: Rig) -> None:
    first, second = rig.store, rig.another()
    assert await first.put_rulebook(book(5), over=None) == book(5)
    assert await second.put_rulebook(book(6), over=None) == book(5)
    assert await second.put_rulebook(book(5, changes=2), over="5.1") == book(5, changes=2)
    assert await first.put_rulebook(book(5, changes=3), over="5.1") == book(5, changes=2)
    assert await first.rulebook() == book(5, changes=2)


async def test_a_lease_tells_by_what_and_up_to_when_all_was_booked(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    lease = await rig.store.acquire(CONTACTS)
    assert (lease.rulebook, lease.booked_ms) == (None, 0)
    writer.token = lease.token
    step = replace(writer.step(), rulebook="5.1", booked_ms=ms(90))
    assert await rig.store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
    lease = await rig.another().acquire(CONTACTS)
    assert (lease.rulebook, lease.booked_ms) == ("5.1", ms(90))


async def test_the_latest_booking_is_that_of_any_partition(rig: Rig) -> None:
    assert await rig.store.booked_ms() == 0
    for partition, at_ms in ((CONTACTS, ms(50)), (AGENTS, ms(70))):
        writer = await Writer(rig.store, partition).acquire()
        step = replace(writer.step(), rulebook="5.1", booked_ms=at_ms)
        assert await rig.store.apply(partition, writer.token, step) is Verdict.APPLIED
    assert await rig.another().booked_ms() == ms(70)


async def test_what_is_built_anew_was_booked_by_nothing_yet(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    step = replace(writer.step(), rulebook="5.1", booked_ms=ms(90))
    assert await rig.store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
    lease = await rig.store.acquire(CONTACTS)
    await rig.store.begin(CONTACTS, lease.token, Plan(0, 30, ms(91), anew=True))
    lease = await rig.store.acquire(CONTACTS)
    assert (lease.rulebook, lease.booked_ms) == (None, 0)
    assert await rig.store.booked_ms() == 0


async def test_a_rulebook_of_another_format_is_not_read(redis_only: Rig) -> None:
    await redis_only.store.put_rulebook(book(), over=None)
    raw = redis_only.raw
    assert raw is not None
    text = str(raw.hget(RULEBOOK, "text"))
    raw.hset(RULEBOOK, "text", text.replace('"format":1', '"format":9'))
    with pytest.raises(StoreUnavailable, match="the rulebook in Redis has format 9 and this version reads 1"):
        await redis_only.store.rulebook()


async def test_a_rulebook_of_very_many_queues_stays_small(rig: Rig) -> None:
    channels = ("voice", "chat", "email", "callback")
    steps = tuple((n * 60_000, Definition(20_000 + n)) for n in range(64))
    found = definitions({(f"queue-{n}", channel): steps for n in range(2_000) for channel in channels})
    kept = Rulebook(5, found, 0, (Change("f", 5),))
    assert await rig.store.put_rulebook(kept, over=None) == kept
    assert len(rulebook_text(kept)) < 150_000


# What nobody of us wrote.

JUNK = ("junk", '["a",null]', b"\xff\x00")


async def damaged(found: Rig, junk: str | bytes) -> None:
    """A contact, an agent, live states and cells, and half of each is damaged."""
    raw, base = found.raw, "pantau:{pantau.contacts:0}:v2"
    assert raw is not None
    writer = await Writer(found.store).acquire()
    cells: dict[Cell, Tally] = {total(): {"offered": 1}, pane(0): {"offered": 1}, long_pane(0): {"aw": 1}}
    facts = {C1: [queued(0)], C2: [queued(0), answered(5)], A1: [state(0, "talking")]}
    await writer.write(changes(cells, facts=facts, live={C1: WAITING, C2: TALKING, A1: ON_SHIFT}))
    for entity in (C1, A1):
        raw.hset(f"{base}:e:{entity}", facts[entity][0].uid, junk)
        raw.hset(f"{base}:live", entity, junk)
    for end, cell in ((":total", total()), (f":60000:{ms(0) // 3_600_000}", long_pane(0))):
        raw.hset(f"{base}{end}", cell_text(cell), junk)
    raw.hset(f"{base}:total", b"-1\t-1\tc\tno channel", "{}")


@pytest.mark.parametrize("junk", JUNK)
async def test_what_cannot_be_read_is_named_and_the_rest_is_read(redis_only: Rig, junk: str | bytes) -> None:
    await damaged(redis_only, junk)
    store = redis_only.another()
    loaded = await store.load(CONTACTS, entities=[C1, C2, A1], cells=[total(), pane(0), long_pane(0)])
    assert by_uid(loaded.facts.pop(C2)) == by_uid([queued(0), answered(5)])
    assert (loaded.facts, loaded.cells) == ({}, {total(): {}, pane(0): {"offered": 1}, long_pane(0): {}})
    assert {(one.part, one.name) for one in loaded.unreadable} == {
        (Part.FACTS, C1),
        (Part.FACTS, A1),
        (Part.CELL, cell_text(total())),
        (Part.CELL, cell_text(long_pane(0))),
    }
    delta = await store.delta(CONTACTS, 0, since_ms=0)
    assert {entity: state for entity, state in delta.live.items() if state} == {C2: TALKING}
    assert delta.cells == {pane(0): {"offered": 1}}
    assert {one.part for one in delta.unreadable} == {Part.LIVE, Part.CELL, Part.HASH}
    assert len(delta.unreadable) == 6
    assert not any("junk" in str(one) for one in delta.unreadable)
    contacts = {name: facts async for name, facts in store.known(CONTACTS, CONTACT)}
    assert isinstance(contacts["c1"], Unreadable)
    assert not isinstance(contacts["c2"], Unreadable)
    live = [state async for step in store.live(CONTACTS) for state in step.values()]
    assert sum(isinstance(state, Unreadable) for state in live) == 2


async def test_what_changes_and_cannot_be_read_is_named_to_who_follows(redis_only: Rig) -> None:
    writer, copy = await Writer(redis_only.store).acquire(), Copy()
    await writer.write(changes({total(): {"offered": 1}}, live={C1: WAITING}))
    await copy.follow(redis_only.store)
    await writer.write(changes({total(): {"offered": 2}}, live={C1: TALKING}))
    raw = redis_only.raw
    assert raw is not None
    raw.hset("pantau:{pantau.contacts:0}:v2:live", C1, "junk")
    raw.hset("pantau:{pantau.contacts:0}:v2:total", cell_text(total()), "junk")
    delta = await copy.follow(redis_only.store)
    assert {one.part for one in delta.unreadable} == {Part.LIVE, Part.CELL}
    assert (delta.live, delta.cells) == ({C1: None}, {})


async def test_another_type_of_value_in_the_place_of_a_hash_gives_way(redis_only: Rig) -> None:
    await damaged(redis_only, "junk")
    raw, base = redis_only.raw, "pantau:{pantau.contacts:0}:v2"
    assert raw is not None
    places = (f":e:{C2}", f":10000:{ms(0) // 600_000}")
    for end in places:
        raw.delete(f"{base}{end}")
        raw.set(f"{base}{end}", "no hash")
    store = redis_only.store
    loaded = await store.load(CONTACTS, entities=[C2], cells=[pane(0)])
    assert {one.part for one in loaded.unreadable} == {Part.FACTS, Part.CELL}
    assert isinstance({name: facts async for name, facts in store.known(CONTACTS, CONTACT)}["c2"], Unreadable)
    assert Part.CELL in {one.part for one in (await store.delta(CONTACTS, 0, since_ms=0)).unreadable}
    owner = await Writer(redis_only.another()).acquire()
    owner.position = 10
    await owner.write(changes({pane(0): {"offered": 2}}, facts={C2: [queued(9)]}))
    loaded = await store.load(CONTACTS, entities=[C2], cells=[pane(0)])
    assert (loaded.facts, loaded.cells) == ({C2: [queued(9)]}, {pane(0): {"offered": 2}})


async def test_a_partition_whose_position_is_damaged_is_built_anew(redis_only: Rig) -> None:
    writer = await Writer(redis_only.store).acquire()
    await writer.write(changes({total(): {"offered": 1}}))
    raw = redis_only.raw
    assert raw is not None
    raw.hset("pantau:{pantau.contacts:0}:meta", "next", "junk")
    raw.sadd("pantau:partitions", "junk", b"\xff:1")
    with pytest.raises(
        StoreUnavailable, match=r"^pantau:\{pantau.contacts:0\}:meta in Redis is damaged; delete"
    ):
        await redis_only.store.delta(CONTACTS, 0, since_ms=0)
    assert CONTACTS in await redis_only.store.partitions()
    assert (await redis_only.store.acquire(CONTACTS)).position is None


async def test_what_cannot_be_read_is_asked_to_be_built_anew_once_in_a_while(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    assert await rig.store.mend(CONTACTS, ms(100_000), again_ms=60_000)
    assert (await rig.store.acquire(CONTACTS)).requested
    lease = await rig.store.acquire(CONTACTS)
    await rig.store.begin(CONTACTS, lease.token, Plan(0, 0, ms(0), anew=True))
    assert not await rig.another().mend(CONTACTS, ms(100_059), again_ms=60_000)
    assert not (await rig.store.rebuild_status(CONTACTS)).requested
    assert await rig.another().mend(CONTACTS, ms(100_060), again_ms=60_000)
    assert (await rig.store.rebuild_status(CONTACTS)).requested
    assert await rig.store.apply(CONTACTS, writer.token, writer.step()) is Verdict.FENCED


# What was stored and is not there any more.


def recent() -> Changes:
    """Totals, panes of this hour, a waiting contact and a name."""
    now_ms = time.time_ns() // 1_000_000
    cells = {
        total(): {"offered": 3},
        total("c\tsales\tvoice"): {"offered": 1},
        Cell(SHORT_PANE_MS, now_ms - now_ms % SHORT_PANE_MS, "c\tbilling\tvoice"): {"offered": 3},
        Cell(LONG_PANE_MS, now_ms - now_ms % LONG_PANE_MS, "c\tbilling\tvoice"): {"offered": 3},
    }
    return changes(cells=cells, facts={C1: [queued(0)]}, live={C1: WAITING})


async def test_where_nothing_was_lost_nothing_is_missing(rig: Rig) -> None:
    writer = await Writer(rig.store).acquire()
    assert await rig.store.verify(CONTACTS) == []
    for _ in range(2):
        await writer.write(recent())
        assert await rig.store.verify(CONTACTS) == []
    await writer.write(changes(live={C1: None}))
    assert await rig.store.verify(CONTACTS) == await rig.store.verify(CONTACTS, served=True) == []


@pytest.mark.parametrize("end", [":live", ":total", ":counts", ":10000:*", ":60000:*"])
async def test_a_key_that_was_lost_is_named(redis_only: Rig, end: str) -> None:
    raw = redis_only.raw
    assert raw is not None
    writer = await Writer(redis_only.store).acquire()
    await writer.write(recent())
    (key,) = raw.keys(f"pantau:{{pantau.contacts:0}}:v*{end}")
    raw.delete(key)
    name = ":" + str(key).partition(":v")[2].partition(":")[2]
    assert [one.name for one in await redis_only.store.verify(CONTACTS)] == [name]
    (torn,) = (await redis_only.another().delta(CONTACTS, 0, since_ms=0)).unreadable
    assert (torn.part, torn.name) == (Part.HASH, name)
    await writer.write(recent())  # what is written since does not hide it
    assert [one.name for one in await redis_only.store.verify(CONTACTS)][:1] == [name]


async def test_a_hash_that_lost_one_field_is_named(redis_only: Rig) -> None:
    raw = redis_only.raw
    assert raw is not None
    await (await Writer(redis_only.store).acquire()).write(recent())
    (key,) = raw.keys("pantau:{pantau.contacts:0}:v*:total")
    assert raw.hdel(str(key), cell_text(total())) == 1
    (torn,) = await redis_only.store.verify(CONTACTS)
    assert (torn.name, torn.why) == (":total", "1 of the 2 fields that were stored in it")


async def test_who_is_live_and_has_no_facts_any_more_is_named(rig: Rig) -> None:
    await (await Writer(rig.store).acquire()).write(recent())
    if rig.raw is None:
        rig.store._states[CONTACTS].written.facts.clear()  # type: ignore[attr-defined] # the twin's own
    else:
        rig.raw.delete(*rig.raw.keys("pantau:{pantau.contacts:0}:v*:e:*"))
    loaded = await rig.store.load(CONTACTS, entities=[C1, "c\tnobody"], cells=())
    assert [(one.part, one.name) for one in loaded.unreadable] == [(Part.FACTS, C1)]


async def test_readers_begin_anew_where_the_list_of_changes_was_lost(redis_only: Rig) -> None:
    raw = redis_only.raw
    assert raw is not None
    writer = await Writer(redis_only.store).acquire()
    await writer.write(recent())
    copy = Copy()
    await copy.follow(redis_only.another())
    await writer.write(changes(cells={total("c\tsales\tvoice"): {"offered": 2}}))
    raw.delete(*raw.keys("pantau:{pantau.contacts:0}:v*:changes"))
    await writer.write(changes(cells={total(): {"offered": 4}}))
    assert (await copy.follow(redis_only.another())).full
    assert copy.cells[total("c\tsales\tvoice")] == {"offered": 2}
