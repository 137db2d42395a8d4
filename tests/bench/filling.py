"""A centre of very many queues, folded into a real Redis by the worker's own fold and store."""

import heapq
import random
from collections.abc import Iterator, Sequence
from itertools import islice

from support.taking import take

from stream.clock import now_ms
from stream.domain.definition import definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import PartitionFold
from stream.domain.kinds import Kind
from stream.store.checkpoint import Checkpoint
from stream.store.partition import Partition
from stream.store.ports import Store
from stream.store.sign import Standing

CHANNELS = ("voice", "chat", "email")
_TEAMS, _BATCH = 40, 4_000
_AGENT_MS = 1_000


def traffic(number: int, queues: int, start_ms: int, gap_ms: float) -> Iterator[Event]:
    """Contacts of one partition in the order of their events, one every `gap_ms`, each queue in its turn."""
    chance, due = random.Random(number), list[tuple[int, int, Event]]()
    order = list(range(queues))
    chance.shuffle(order)
    for n in range(1 << 40):
        at_ms = start_ms + int(n * gap_ms)
        while due and due[0][0] <= at_ms:
            yield heapq.heappop(due)[2]
        for seq, event in enumerate(_contact(chance, f"c{number}-{n:08}", at_ms, order[n % queues])):
            heapq.heappush(due, (event.fact.at_ms, n * 8 + seq, event))


def _contact(chance: random.Random, subject: str, at_ms: int, queue: int) -> list[Event]:
    wait_ms, talk_ms = int(chance.expovariate(1 / 20_000)), int(chance.expovariate(1 / 200_000))

    def event(kind: Kind, after_ms: int, a: str = "", b: str = "", c: str = "") -> Event:
        uid = f"/wide\t{subject}-{int(kind)}"
        return Event(subject, Fact(at_ms + after_ms, int(kind), uid, 1, a, b, c))

    begun = [
        event(Kind.CONTACT_STARTED, 0),
        event(Kind.VISIT_QUEUED, 500, f"queue-{queue:05}", CHANNELS[queue % len(CHANNELS)]),
    ]
    if chance.random() < 0.1:
        return [*begun, event(Kind.VISIT_ABANDONED, 500 + wait_ms), event(Kind.CONTACT_ENDED, 600 + wait_ms)]
    ended_ms, agent = 500 + wait_ms + talk_ms, queue % 2_000
    return [
        *begun,
        event(Kind.VISIT_ANSWERED, 500 + wait_ms, f"agent-{agent:05}", "", f"team-{agent % _TEAMS:02}"),
        event(Kind.LEG_ENDED, ended_ms),
        event(Kind.LEG_WRAPPED_UP, ended_ms + 15_000),
        event(Kind.CONTACT_ENDED, ended_ms + 15_000),
    ]


def agents(queues: int, at_ms: int, count: int = 2_000) -> list[Event]:
    """So many agents in some teams, who serve all queues among them."""
    found = []
    for n in range(count):
        told = "\t".join(["", *(f"queue-{queue:05}" for queue in range(n, queues, count))])
        uid, team = f"/wide\tagent-{n}", f"team-{n % _TEAMS:02}"
        state = "available" if n % 3 else "talking"
        found.append(Event(f"agent-{n:05}", Fact(at_ms, int(Kind.AGENT_STATE), uid, 1, state, team, told)))
    return found


class Filling:
    """A partition that a worker owns."""

    def __init__(self, store: Store, partition: Partition) -> None:
        self._store, self._partition = store, partition
        self._fold = PartitionFold(definitions())
        self._token = self._position = 0

    async def begin(self) -> None:
        """Take it over."""
        lease = await take(self._store, self._partition)
        self._token, self._position = lease.token, lease.position or 0

    async def send(self, events: Sequence[Event]) -> None:
        """Fold and store them, batch by batch, as a worker does."""
        for at in range(0, len(events), _BATCH):
            await self._batch(events[at : at + _BATCH])

    async def sign(self) -> None:
        """Say that it is alive."""
        await self._store.sign(self._partition, self._token, Standing(0, 0))

    async def _batch(self, events: Sequence[Event]) -> None:
        fold, store, here = self._fold, self._store, self._partition
        facts = (await store.load(here, entities=fold.missing_entities(events), cells=())).facts
        cells = (await store.load(here, entities=(), cells=fold.fold(events, facts))).cells
        after = self._position + len(events)
        step = Checkpoint(
            self._position, after, fold.watermark_ms, now_ms(), fold.settle(cells), records=len(events)
        )
        await store.apply(here, self._token, step)
        self._position = after


class Centre:
    """All of it: `partitions` of contacts, and one of agents."""

    def __init__(
        self, store: Store, queues: int, contacts: int, history_ms: int, partitions: int = 4
    ) -> None:
        self._start_ms, self._queues = now_ms() - history_ms, queues
        gap_ms = history_ms * partitions / (queues * contacts)
        self._events = [traffic(n, queues, self._start_ms, gap_ms) for n in range(partitions)]
        self._ahead: list[list[Event]] = [[] for _ in range(partitions)]
        self._lines = [Filling(store, Partition("pantau.contacts", n)) for n in range(partitions)]
        self._agents = Filling(store, Partition("pantau.agents", 0))

    async def begin(self) -> int:
        """Store all that has happened; how many events."""
        for line in (*self._lines, self._agents):
            await line.begin()
        await self._agents.send(agents(self._queues, self._start_ms))
        return await self.go_on()

    async def go_on(self) -> int:
        """Store what has happened since; how many events."""
        done, until_ms = 0, now_ms()
        for line, events, ahead in zip(self._lines, self._events, self._ahead, strict=True):
            while not ahead or ahead[-1].fact.at_ms <= until_ms:
                if len(ahead) >= _BATCH:
                    await line.send(ahead)
                    done += len(ahead)
                    ahead.clear()
                ahead.extend(islice(events, 1))
            await line.send(ahead[:-1])
            done += len(ahead) - 1
            del ahead[:-1]
        for line in (*self._lines, self._agents):
            await line.sign()
        return done
