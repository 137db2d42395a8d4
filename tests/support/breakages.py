"""Everything that is broken under load, one small class each: `strike` begins it, `heal` ends it."""

import os
import random
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar

import redis
from support.pantau import SESSION_SECONDS
from support.rig import APPLY, Rig
from support.wire import Wire

from stream.dev.process import ManagedProcess

_TINY = "1mb"


class Breakage:
    """One fault. `area` names what it breaks: two of an area are not combined. It lasts `lasts` seconds."""

    area: ClassVar[str]
    lasts: ClassVar[tuple[float, float]] = (0.2, 2.0)
    #: It needs a broker that keeps what it holds.
    apache_only: ClassVar[bool] = False

    def __init__(self, rig: Rig, chance: random.Random) -> None:
        self.rig, self.chance = rig, chance

    def strike(self) -> None:
        """Begin."""
        raise NotImplementedError

    def heal(self) -> None:
        """End; what was broken works again, or is on its way up."""


class WorkerKilled(Breakage):
    """A worker crashes, and is started again."""

    area = "worker"

    def strike(self) -> None:
        self.victim = self.chance.choice(self.rig.workers)
        self.victim.kill()

    def heal(self) -> None:
        self.victim.launch()


class WorkerStopped(WorkerKilled):
    """A worker is told to stop, and is started again."""

    def strike(self) -> None:
        self.victim = self.chance.choice(self.rig.workers)
        self.victim.stop()


class WorkerAdded(Breakage):
    """A third worker joins, and leaves."""

    area = "worker"
    lasts = (2.0, 5.0)

    def strike(self) -> None:
        self.third = self.rig.worker("third")
        self.third.start()

    def heal(self) -> None:
        self.third.stop()


class WorkerFrozen(Breakage):
    """A worker stands still for so long that another takes over, and wakes up."""

    area = "worker"
    lasts = (SESSION_SECONDS + 2.0, SESSION_SECONDS + 4.0)

    def strike(self) -> None:
        self.victim = self.chance.choice(self.rig.workers)
        os.kill(self.victim.pid, signal.SIGSTOP)

    def heal(self) -> None:
        os.kill(self.victim.pid, signal.SIGCONT)


class ExporterKilled(Breakage):
    """The exporter crashes, and is started again."""

    area = "exporter"

    def strike(self) -> None:
        self.rig.exporter.kill()

    def heal(self) -> None:
        self.rig.exporter.launch()


class _Server(Breakage):
    def server(self) -> ManagedProcess:
        return self.rig.cache if self.area == "redis" else self.rig.broker


class _Frozen(_Server):
    def strike(self) -> None:
        os.kill(self.server().pid, signal.SIGSTOP)

    def heal(self) -> None:
        os.kill(self.server().pid, signal.SIGCONT)


class _Crashed(_Server):
    def strike(self) -> None:
        self.server().kill()

    def heal(self) -> None:
        self.server().start()


class BrokerCrashed(_Crashed):
    """Kafka crashes, and comes back with its log."""

    area, apache_only = "broker", True


class BrokerFrozen(_Frozen):
    """Kafka stands still."""

    area, apache_only = "broker", True
    lasts = (1.0, 8.0)


class BrokerReset(Breakage):
    """Connections to Kafka are cut."""

    area, apache_only = "broker", True

    def strike(self) -> None:
        if self.rig.broker_wire is not None:
            self.rig.broker_wire.reset()

    heal = strike


class RedisCrashed(_Crashed):
    """Redis crashes, and comes back with all it had answered for."""

    area = "redis"


class RedisFrozen(_Frozen):
    """Redis stands still, longer than a client waits."""

    area = "redis"
    lasts = (1.0, 7.0)


class RedisPaused(Breakage):
    """Redis is slow to answer; the pause ends by itself, as nobody can be heard before."""

    area = "redis"
    lasts = (0.1, 0.1)

    def strike(self) -> None:
        with self.rig.cache.client() as client:
            client.client_pause(self.chance.randint(1_000, 7_000))

    def heal(self) -> None:
        with self.rig.cache.client() as client:
            client.ping()


class RedisEmptied(Breakage):
    """Redis loses everything, and comes back empty."""

    area = "redis"

    def strike(self) -> None:
        with self.rig.cache.client() as client:
            client.flushall()
        self.rig.cache.kill()

    def heal(self) -> None:
        self.rig.cache.start()


class RedisPutBack(Breakage):
    """Redis crashes, and comes back with what a backup held, as an older replica would."""

    area = "redis"

    def strike(self) -> None:
        self.rig.cache.kill()

    def heal(self) -> None:
        self.rig.cache.put_back()


class RedisFull(Breakage):
    """Redis has no memory left, and refuses writes."""

    area = "redis"
    lasts = (0.5, 4.0)

    def strike(self) -> None:
        self._limit(_TINY)

    def heal(self) -> None:
        self._limit("0")

    def _limit(self, memory: str) -> None:
        with self.rig.cache.client() as client:
            client.config_set("maxmemory", memory)


class RedisReset(Breakage):
    """Connections to Redis are cut."""

    area = "wire"

    def strike(self) -> None:
        for wire in self.rig.wires.values():
            wire.reset()

    heal = strike


class RepliesLost(Breakage):
    """Redis stores checkpoints, and its answers do not arrive."""

    area = "wire"

    def strike(self) -> None:
        for wire in self.rig.wires.values():
            wire.swallow(APPLY, count=self.chance.randint(1, 3))

    def heal(self) -> None:
        for wire in self.rig.wires.values():
            wire.swallow(b"", count=0)


class _Stalled(Breakage):
    """Nothing gets through to one worker, or to the exporter, in one direction or both; nobody is told."""

    area = "wire"
    lasts = (1.0, 8.0)  # shorter and longer than a session of the group, and than clients wait

    def ways(self, name: str) -> list[Wire]:
        raise NotImplementedError

    def strike(self) -> None:
        self.name = self.chance.choice(["one", "other"])
        onward, back = self.chance.choice([(True, True), (True, False), (False, True)])
        for wire in self.ways(self.name):
            wire.stall(onward=onward, back=back)

    def heal(self) -> None:
        for wire in self.ways(self.name):
            wire.stall(onward=False, back=False)


class CutFromRedis(_Stalled):
    """A worker is cut off from Redis."""

    def ways(self, name: str) -> list[Wire]:
        return [self.rig.wires[name]]


class CutFromKafka(_Stalled):
    """A worker is cut off from Kafka."""

    apache_only = True

    def ways(self, name: str) -> list[Wire]:
        return [self.rig.broker_wires[name]]


class CutFromBoth(_Stalled):
    """A worker is cut off from everything."""

    apache_only = True

    def ways(self, name: str) -> list[Wire]:
        return [self.rig.wires[name], self.rig.broker_wires[name]]


class ExporterCutOff(_Stalled):
    """The exporter is cut off from Redis."""

    def ways(self, name: str) -> list[Wire]:
        del name
        return [self.rig.wires["exporter"]]


class StalledThenEmptied(Breakage):
    """All workers stand still, for shorter or longer than a session; then Redis loses all under load."""

    area = "redis"
    lasts = (0.2, 3.0)

    def strike(self) -> None:
        for worker in self.rig.workers:
            os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.5, 2.5 * SESSION_SECONDS))
        for worker in self.rig.workers:
            os.kill(worker.pid, signal.SIGCONT)
        time.sleep(self.chance.uniform(0.0, 1.0))
        with self.rig.cache.client() as client:
            client.flushall()

    def heal(self) -> None:
        """It is empty, and answers."""


BREAKAGES: Mapping[str, type[Breakage]] = {
    "worker killed": WorkerKilled,
    "worker stopped": WorkerStopped,
    "worker added": WorkerAdded,
    "worker frozen": WorkerFrozen,
    "exporter killed": ExporterKilled,
    "broker crashed": BrokerCrashed,
    "broker frozen": BrokerFrozen,
    "broker reset": BrokerReset,
    "redis crashed": RedisCrashed,
    "redis frozen": RedisFrozen,
    "redis paused": RedisPaused,
    "redis emptied": RedisEmptied,
    "redis put back": RedisPutBack,
    "redis full": RedisFull,
    "redis reset": RedisReset,
    "replies lost": RepliesLost,
    "cut from Redis": CutFromRedis,
    "cut from Kafka": CutFromKafka,
    "cut from both": CutFromBoth,
    "exporter cut off": ExporterCutOff,
    "stalled, then emptied": StalledThenEmptied,
}


def chosen(chance: random.Random, *, apache: bool) -> list[str]:
    """Name one breakage, or two of different areas."""
    possible = [name for name, kind in BREAKAGES.items() if apache or not kind.apache_only]
    first = chance.choice(possible)
    other = [name for name in possible if BREAKAGES[name].area != BREAKAGES[first].area]
    return [first] if chance.random() < 0.6 else [first, chance.choice(other)]


def unbreak(breakage: Breakage) -> None:
    """Heal it, although the servers it needs may be gone: for cleaning up."""
    with suppress(redis.RedisError, OSError, AttributeError):
        breakage.heal()
