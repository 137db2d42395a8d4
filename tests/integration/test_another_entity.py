"""An entity that nothing in `stream` knows: registered here, it is folded, stored, shown, kept and rebuilt.

A parcel is on the way from being sent, from one depot to be counted by, until it is delivered.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import permutations
from types import MappingProxyType
from typing import NamedTuple

import pytest
import redis
from msgspec.json import Decoder as JsonDecoder
from support.factories import Record, contact_ended, ms, of, queued
from support.taking import log_of, take

from stream.adapters.canonical import encode
from stream.app.keeper import Keeper
from stream.board.interval import Interval
from stream.board.model import Model
from stream.board.reader import Reader
from stream.domain.agent.schedule import GRACE_MS
from stream.domain.cache import Room
from stream.domain.contact.now import ContactsNow
from stream.domain.definition import definitions
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entity, Recomputed
from stream.domain.fact import Event, Fact
from stream.domain.fold import TOTAL, Cell, PartitionFold, Retention
from stream.domain.instant import instant_ms
from stream.domain.kinds import QUEUES, Row, Slot
from stream.domain.limits import Held, Limits
from stream.domain.rulebook import Wanted
from stream.domain.tally import Tally, add
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.ports import Store
from stream.store.redis import RedisStore
from stream.store.unreadable import Part
from stream.worker.long_open import Entries, Kept, Recall, nothing
from stream.worker.probes import SilentProbe
from stream.worker.record import Batch, DeadLetter
from stream.worker.worker import Worker

HERE = Partition("pantau.parcels", 0)
NORTH = "p\tnorth"
HOUR = 3_600


class ParcelKind(Row):
    """What can happen to a parcel. The depot is bounded as queues are."""

    SENT = 240, "parcel.sent", "parcel", 95, (None, Slot("queue")), ((QUEUES, ("queue",)),)
    DELIVERED = 241, "parcel.delivered", "parcel"


class Step(NamedTuple):
    """What it contributes."""

    at_ms: int
    series: str
    field: str
    amount: int


class OnTheWay(NamedTuple):
    """What it is doing."""

    since_ms: int
    depot: str


class Parcel(Recomputed[Step]):
    """What is known of a parcel."""

    def computed(self) -> tuple[list[Step], OnTheWay | tuple[()]]:
        """Sent once, and delivered once; how long that took, where it was delivered."""
        told = sorted(self.facts.values())
        sent = next((fact for fact in told if fact.kind == ParcelKind.SENT), None)
        delivered = next((fact for fact in told if fact.kind == ParcelKind.DELIVERED), None)
        if sent is None:
            return [], ()
        series = f"p\t{sent.queue}"
        steps = [Step(sent.at_ms, series, "sent", 1)]
        if delivered is None:
            return steps, OnTheWay(sent.at_ms, sent.queue)
        steps.append(Step(delivered.at_ms, series, "delivered", 1))
        steps.append(Step(delivered.at_ms, series, "travelled", max(0, delivered.at_ms - sent.at_ms)))
        return steps, ()

    def post(self, tally: Tally, contribution: Step, sign: int) -> None:
        """Add it."""
        add(tally, contribution.field, sign * contribution.amount)


class ParcelsNow:
    """Since when parcels are on the way, by depot."""

    def __init__(self) -> None:
        self.since: dict[str, dict[str, int]] = defaultdict(dict)

    def move(self, key: str, before: OnTheWay | None, after: OnTheWay | None) -> Iterable[str]:
        """Follow one."""
        if before:
            del self.since[before.depot][key]
        if after:
            self.since[after.depot][key] = after.since_ms
        return [f"p\t{after.depot}"] if after else []


class Parcels(Entity):
    """Parcels as an entity."""

    name, letter, retention = "parcel", "p", "contacts_ms"
    series = MappingProxyType({"p": 1})

    def reader(self, *_: object) -> Callable[[Iterable[Fact]], Parcel]:
        """Nothing is defined of them."""
        return Parcel

    def live_of(self, text: bytes | str) -> OnTheWay:
        """On the way, from somewhere."""
        return JsonDecoder(OnTheWay).decode(text)

    def live_index(self) -> ParcelsNow:
        """None."""
        return ParcelsNow()


PARCEL = Parcels()
REGISTRY = ENTITIES.and_(PARCEL)


def sent(at: float, depot: str = "north") -> Fact:
    return Fact(ms(at), ParcelKind.SENT, f"/depot\tsent-{at}-{depot}", 0, depot)


def delivered(at: float) -> Fact:
    return Fact(ms(at), ParcelKind.DELIVERED, f"/depot\tdelivered-{at}")


#: Two of north, of which one is delivered, and one of south; every event twice, and not in order.
STORY = [
    *of("1", sent(0)),
    *of("2", delivered(50)),
    *of("3", sent(20, "south")),
    *of("2", sent(10)),
]
LOG = [*STORY, *STORY]
IN_NORTH = {"sent": 2, "delivered": 1, "travelled": 40_000}


class ParcelDecoder:
    """Reads records of parcels."""

    name = "parcels"

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        """The event."""
        del received_ms
        told = json.loads(value)
        kind = next(kind for kind in ParcelKind if kind.type == told["type"])
        uid, depot = f"{told['source']}\t{told['id']}", told.get("data", {}).get("queue", "")
        return [Event(told["subject"], Fact(instant_ms(told["time"]), kind, uid, 0, depot))]


def batch(events: Sequence[Event], first: int = 0) -> Batch:
    records = [
        Record(first + n, ms(100 * HOUR), encode(event), (), event.subject.encode())
        for n, event in enumerate(events)
    ]
    return Batch(HERE, first, first + len(records), records, 0)


class Rig(SilentProbe):
    """A store, workers of it, and a changelog that they keep what is long open in."""

    def __init__(self, store: Store) -> None:
        self.store, self.now_ms, self.entries = store, ms(HOUR), Entries()

    def worker(self, recall: Recall = nothing) -> Worker:
        return Worker.of(
            self.store,
            ParcelDecoder(),
            self,
            self,
            wanted=Wanted(definitions(), GRACE_MS),
            retention=Retention(),
            clock=lambda: self.now_ms,
            recall=recall,
            entities=REGISTRY,
        )

    async def own(self, events: Sequence[Event], *, first: int = 0, recall: Recall = nothing) -> Worker:
        """A worker that has read these events, which are all that the log has from `first` on."""
        worker = self.worker(recall)
        at = await worker.ownership.acquire(HERE, log_of(earliest=first, end=first + len(events)))
        assert await worker.processor.process(batch(events[at - first :], at)) is Verdict.APPLIED
        return worker

    async def board(self) -> Model:
        model = Model(REGISTRY)
        await Reader(self.store, model).refresh(self.now_ms)
        return model

    async def send(self, letters: list[DeadLetter]) -> None:
        raise AssertionError(letters)

    def kept(self, partition: Partition, at_ms: int, done: Kept | None) -> None:
        assert (partition, at_ms) == (HERE, self.now_ms)
        assert done is not None
        assert done.left_out == 0

    async def read(self, _: Partition) -> Entries:
        return dict(self.entries)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["Rig"]:
        yield self

    async def put(self, _: Partition, key: str, value: bytes | None) -> None:
        assert value is not None
        self.entries[key] = value


@pytest.fixture
async def in_redis(fresh_redis_url: str) -> AsyncIterator[Rig]:
    store = RedisStore(fresh_redis_url, entities=REGISTRY)
    yield Rig(store)
    await store.close()


@pytest.fixture(params=["memory", "redis"])
def rig(request: pytest.FixtureRequest) -> Rig:
    if request.param == "memory":
        return Rig(MemoryStore(entities=REGISTRY))
    found: Rig = request.getfixturevalue("in_redis")
    return found


def shown(model: Model) -> tuple[dict[str, Tally], dict[str, dict[str, int]]]:
    """What a board is told of parcels: totals by series, and who is on the way."""
    totals = {name: dict(series.total) for name, series in model.series.items() if name[0] == "p"}
    return totals, {depot: by for depot, by in model.now(ParcelsNow).since.items() if by}


SHOWN = (
    {
        NORTH: IN_NORTH,
        "p\tsouth": {"sent": 1},
        "p\t": {"sent": 3, "delivered": 1, "travelled": 40_000},
    },
    {"north": {"p\t1": ms(0)}, "south": {"p\t3": ms(20)}},
)


# Folded.


def folded(events: Sequence[Event], **more: object) -> tuple[PartitionFold, dict[Cell, Tally]]:
    fold = PartitionFold(definitions(), entities=REGISTRY, **more)  # type: ignore[arg-type]
    fold.fold(events, {})
    return fold, fold.settle({}).cells


@pytest.mark.pure
@pytest.mark.parametrize("events", [*permutations(STORY)])
def test_it_is_folded_in_any_order_and_beside_contacts(events: Sequence[Event]) -> None:
    fold, cells = folded([*events, *of("1", queued(5), contact_ended(9)), *events])
    assert cells[Cell(TOTAL, TOTAL, NORTH)] == IN_NORTH
    assert cells[Cell(TOTAL, TOTAL, "c\tbilling\tvoice")]["offered"] == 1
    assert fold.duplicates == len(events)
    assert {key: parcel.live for key, parcel in fold.known(PARCEL).items()} == {
        "1": OnTheWay(ms(0), "north"),
        "2": (),
        "3": OnTheWay(ms(20), "south"),
    }


@pytest.mark.pure
def test_what_it_names_is_bounded_and_what_is_too_old_is_late() -> None:
    fold, cells = folded(STORY, limits=Limits(queues=1), held=Held())
    assert (fold.refused, Cell(TOTAL, TOTAL, "p\tsouth") in cells) == ({2: QUEUES}, False)
    fold, _ = folded([*of("1", sent(99)), *of("2", sent(0))], retention=Retention(contacts_ms=98_999))
    assert fold.late == [1]


@pytest.mark.pure
def test_numbers_and_letters_are_given_once() -> None:
    with pytest.raises(ValueError, match=r"240 is the number of parcel.sent and of letter.sent"):

        class LetterKind(Row):
            SENT = 240, "letter.sent", "letter"

    with pytest.raises(ValueError, match="two entities have one name, or one letter"):
        REGISTRY.and_(Parcels())


# Stored, reloaded, evicted.


async def test_it_is_stored_and_read_by_a_board(rig: Rig) -> None:
    await rig.own(LOG)
    model = await rig.board()
    assert shown(model) == SHOWN
    assert model.now(ContactsNow).waiting == {}
    window = model.window(model.of(NORTH), "1h", Interval(ms(0), ms(60), None, short_panes=True))
    assert window.tally == IN_NORTH
    assert [entity async for step in rig.store.live(HERE) for entity in sorted(step)] == ["p\t1", "p\t3"]


async def test_a_worker_that_takes_over_loads_what_is_known_of_it(rig: Rig) -> None:
    await rig.own(LOG[:3])
    await rig.own(LOG)
    assert shown(await rig.board()) == SHOWN
    facts = {name: len(facts) async for name, facts in rig.store.known(HERE, PARCEL)}
    assert facts == {"1": 1, "2": 2, "3": 1}


@pytest.mark.parametrize("length", [1, 3])
async def test_what_left_memory_is_loaded_when_an_event_of_it_comes(rig: Rig, length: int) -> None:
    fold = PartitionFold(definitions(), entities=REGISTRY, room=Room(1, 0, 1))
    token = (await take(rig.store, HERE)).token
    most, loads = 0, 0
    for at in range(0, len(LOG), length):
        events = LOG[at : at + length]
        loaded = await rig.store.load(HERE, entities=fold.missing_entities(events), cells=())
        loads += len(loaded.facts)
        cells = await rig.store.load(HERE, entities=(), cells=fold.fold(events, loaded.facts))
        step = Checkpoint(at, at + len(events), fold.watermark_ms, 0, fold.settle(cells.cells))
        assert await rig.store.apply(HERE, token, step) is Verdict.APPLIED
        most = max(most, len(fold.known(PARCEL)))
    assert (most, loads > 1) == (1, True)
    assert shown(await rig.board()) == SHOWN


async def test_what_is_delivered_is_forgotten_in_time_and_what_is_not_stays(
    in_redis: Rig, fresh_redis_url: str
) -> None:
    await in_redis.own(LOG)
    with redis.Redis.from_url(fresh_redis_url, decode_responses=True) as client:
        begin = "pantau:{pantau.parcels:0}:v2:e:p\t"
        lives = {key.removeprefix(begin): client.pttl(key) for key in client.keys(f"{begin}*")}
    assert lives.keys() == {"1", "2", "3"}
    assert (lives["1"], lives["3"]) == (-1, -1)
    assert lives["2"] > Retention().contacts_ms


async def test_what_cannot_be_read_of_it_is_named(in_redis: Rig, fresh_redis_url: str) -> None:
    await in_redis.own(LOG)
    with redis.Redis.from_url(fresh_redis_url) as client:
        client.hset("pantau:{pantau.parcels:0}:v2:live", "p\t1", '["yesterday","north"]')
    model = await in_redis.board()
    assert [(lost.part, lost.name) for lost in model.unreadable] == [(Part.LIVE, "p\t1")]
    assert shown(model)[1] == {"south": {"p\t3": ms(20)}}


# Kept, and rebuilt.


async def test_it_is_rebuilt_from_the_log(rig: Rig) -> None:
    await rig.own(LOG)
    await rig.store.request(HERE)
    worker = rig.worker()
    assert await worker.ownership.acquire(HERE, log_of(earliest=0, end=len(LOG))) == 0
    await worker.processor.process(batch(LOG[:5]))
    assert shown(await rig.board()) == SHOWN
    await worker.processor.process(batch(LOG[5:], 5))
    assert (await rig.store.rebuild_status(HERE)).rebuild is None
    assert shown(await rig.board()) == SHOWN


async def test_what_is_long_open_is_kept_and_recalled_once_the_log_has_lost_it(rig: Rig) -> None:
    worker = await rig.own(LOG)
    rig.now_ms = ms(30 * HOUR)
    keeper = Keeper(
        *(rig.store, worker.ownership, rig, rig),
        retention=Retention(),
        clock=lambda: rig.now_ms,
        decoder=ParcelDecoder(),
        entities=REGISTRY,
    )
    await keeper.look()
    assert {key.split("\t")[1] for key in rig.entries} == {"1", "3"}
    await rig.store.request(HERE)
    end = of("1", delivered(26 * HOUR))
    await rig.own(end, first=len(LOG), recall=rig.read)
    assert shown(await rig.board())[1] == {"south": {"p\t3": ms(20)}}
    assert (await rig.board()).of(NORTH).total == {"sent": 1, "delivered": 1, "travelled": 26 * HOUR * 1000}
