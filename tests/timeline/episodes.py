"""What is done to an installation, and what must be told of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from noise.incidents import MOST, NOBODY, Incident
from support.processes import wait_until
from support.source import Sending

from stream.broker.topics import CONTACTS
from stream.dev.process import ManagedProcess
from timeline.centre import Live, busy, calm, together, unsteady
from timeline.watched import Watched

_PATIENCE_SECONDS = 180
_PAGED_SECONDS = 90
#: So long a part stays broken after the page: longer than Prometheus looks back.
_BROKEN_SECONDS = 420
#: Where one thing is broken after the other: longer than anything of a queue is kept firing.
_BRIEFLY_SECONDS = 135
_SETTLED_SECONDS = 30
_OF_QUEUES = ("PantauQueue", "PantauServiceLevel", "PantauMissesLeft")
_MINUTE_MS = 60_000


@dataclass
class Line:
    """A timeline: what was done, what the board said, what was told; seconds after the beginning."""

    watched: Watched
    begun: float = field(default_factory=time.time)
    said: list[tuple[float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _status: str = ""
    _raised: dict[str, str] = field(default_factory=dict)

    def note(self, what: str) -> None:
        """Something was done."""
        self.said.append((time.time(), what))

    def look(self) -> None:
        """What the board and Prometheus say, if it is something else than before."""
        status = self.watched.status()
        if status != self._status:
            self.note(f"board: {status}")
        self._status = status
        raised = self.watched.raised()
        for name in sorted({*raised, *self._raised}):
            if (state := raised.get(name, "over")) != self._raised.get(name, "over"):
                self.note(f"prometheus: {name} {state}")
        self._raised = raised

    def until(self, truth: Callable[[], bool], seconds: float) -> bool:
        """Look each second until something is true; False if it is not in time."""
        end = time.time() + seconds
        while time.time() < end:
            self.look()
            if truth():
                return True
            time.sleep(1)
        return False

    def demand(self, truth: bool, what: str) -> None:  # noqa: FBT001 - that is what it takes
        """Something that must be."""
        if not truth:
            self.faults.append(what)

    def told(self, scope: str, status: str = "firing") -> list[float]:
        """When somebody was paged of the path or of the queue of orders, or told that it is over."""
        return [
            one.at
            for one in self.watched.receiver.changes()
            if one.labels.get("scope") == scope
            and one.labels.get("queue", "orders") == "orders"
            and one.status == status
            and one.labels.get("severity") == "page"
        ]

    def lines(self) -> Iterator[tuple[float, str]]:
        """All of it, in order."""
        heard = [
            (one.at, f"  {one.receiver}: {one.status} {one.name}") for one in self.watched.receiver.changes()
        ]
        for at, what in sorted([*self.said, *heard]):
            yield at - self.begun, what


Episode = Callable[[Watched, Line], None]


def overload(watched: Watched, line: Line) -> None:
    """42 of 50 walk away for some minutes: paged within a minute of the breach, resolved once, soon after."""
    live = _live(watched, line, Incident(MOST, "orders", 60_000, 8 * _MINUTE_MS))
    try:
        line.demand(
            line.until(lambda: "critical" in line.watched.status(), 400), "the board was never critical"
        )
        breach = time.time()
        line.demand(line.until(lambda: bool(line.told("queue")), 120), "nobody was paged")
        line.note(f"paged {max([0, *[at - breach for at in line.told('queue')[:1]]]):.0f} s after the breach")
        line.demand(
            bool(line.told("queue")) and line.told("queue")[0] - breach <= 60, "paged later than 60 s"
        )
        line.demand(line.until(lambda: "critical" not in line.watched.status(), 1_800), "it never recovered")
        over = time.time()
        line.demand(line.until(lambda: bool(line.told("queue", "resolved")), 400), "never resolved")
        line.note(f"resolved {time.time() - over:.0f} s after the recovery")
        line.until(lambda: False, 120)
        line.demand(len(line.told("queue", "resolved")) == len(line.told("queue")), "resolved more than once")
    finally:
        live.stop()


def night(watched: Watched, line: Line) -> None:
    """Three calls, answered or not, and nobody is called."""
    live = Live(calm(), watched.source, seed=3)
    live.start()
    line.until(lambda: False, 540)
    live.stop()
    line.demand(not line.watched.receiver.changes(), f"somebody was told: {line.watched.receiver.changes()}")
    line.demand(any(one.is_watchdog for one in watched.receiver.messages), "the dead man heard nothing")


def flapping(watched: Watched, line: Line) -> None:
    """Everybody leaves for two minutes, again and again, and is back for a moment: one page of each alert."""
    live = _live(watched, line, *_flaps(5))
    line.until(lambda: False, 900)
    live.stop()
    _told_once(line, "flaps")


def _flaps(times: int) -> Iterator[Incident]:
    for n in range(times):
        begun_ms = 30_000 + n * 140_000
        yield Incident(NOBODY, "flaps", begun_ms, begun_ms + 2 * _MINUTE_MS)


def _told_once(line: Line, queue: str) -> None:
    """Demand that a queue was paged about, and of each of its alerts once."""
    told = [one for one in line.watched.receiver.changes() if one.labels.get("queue") == queue]
    names = [one.name for one in told if one.status == "firing" and one.labels["severity"] == "page"]
    line.demand(bool(names), f"nobody was paged about {queue}")
    line.demand(len(names) == len({*names}), f"paged about {queue}: {names}")


@dataclass(frozen=True)
class Breakage:
    """What is done to break a part of the path, and to mend it."""

    strike: Callable[[Watched], None]
    heal: Callable[[Watched], None]


@contextmanager
def _short_of_staff(watched: Watched, line: Line, *flaps: Incident) -> Iterator[None]:
    """A centre that most of the staff has left, once somebody was paged about its queue."""
    live = _live(watched, line, Incident(MOST, "orders", 15_000, 3_600_000), *flaps)
    try:
        line.demand(line.until(lambda: bool(line.told("queue")), 700), "no alert of a queue to begin with")
        yield
    finally:
        live.stop()


def _broken(breakage: Breakage) -> Episode:
    """Break something while a queue's alert fires: paged within 90 s, and nothing is said to be over."""

    def run(watched: Watched, line: Line) -> None:
        with _short_of_staff(watched, line):
            _struck(watched, line, breakage)

    return run


def _struck(watched: Watched, line: Line, breakage: Breakage, *, seconds: float = _BROKEN_SECONDS) -> None:
    struck, before = time.time(), len(line.told("pipeline"))
    line.note("broken")
    breakage.strike(watched)
    line.demand(line.until(lambda: len(line.told("pipeline")) > before, 240), "nobody was paged")
    late = line.told("pipeline")[before:][:1]
    line.note(f"paged {late[0] - struck if late else time.time() - struck:.0f} s after")
    line.demand(bool(late) and late[0] - struck <= _PAGED_SECONDS, f"paged later than {_PAGED_SECONDS} s")
    line.until(lambda: False, seconds)
    line.note("mended")
    breakage.heal(watched)
    line.demand(line.until(lambda: "fresh" in line.watched.status(), 240), "not fresh again")
    line.demand(line.until(lambda: _queue_alone(watched), 300), "the queue's alert did not come back alone")
    line.until(lambda: False, _SETTLED_SECONDS)
    line.demand(not line.told("queue", "resolved"), "a queue was said to be well")


def _queue_alone(watched: Watched) -> bool:
    """Whether alerts of a queue fire, and none of the path."""
    firing = [name for name, state in watched.raised().items() if state == "firing" and "page" in name]
    return bool(firing) and all(name.startswith(_OF_QUEUES) for name in firing)


def _live(watched: Watched, line: Line, *incidents: Incident) -> Live:
    centre = together(busy(), calm(), unsteady())
    live = Live(centre, watched.source, seed=7, incidents=incidents)
    live.start()
    assert wait_until(lambda: watched.status().startswith("fresh"), seconds=_PATIENCE_SECONDS), (
        watched.status()
    )
    for incident in incidents:
        at = (incident.start_ms + live.begun_ms) / 1000
        line.said += [
            (at, f"{incident.kind}"),
            (at + (incident.end_ms - incident.start_ms) / 1000, "they return"),
        ]
    return live


def _all(name: str, signal_: int) -> Callable[[Watched], None]:
    def strike(watched: Watched) -> None:
        for process in getattr(watched, name):
            os.kill(process.pid, signal_)

    return strike


def _start(name: str) -> Callable[[Watched], None]:
    def heal(watched: Watched) -> None:
        for process in getattr(watched, name):
            process.stop()
            process.start()

    return heal


def _halt(watched: Watched) -> None:
    watched.source.wait(watched.source.feed([Sending(CONTACTS, "x", b"not an event", bad=True)] * 3_000))


def _let_pass(watched: Watched) -> None:
    """Let the flood pass, as the runbook says: with a limit of 1, so that nothing is too much."""
    for process in watched.workers:
        process.stop()
        process.env = {**(process.env or {}), "PANTAU_REJECT_LIMIT_RATIO": "1"}
        process.start()


def _begin(process: ManagedProcess) -> None:
    process.start()


def restarts(watched: Watched, line: Line) -> None:
    """Each component is restarted while an alert fires: none is lost, none comes twice."""
    with _short_of_staff(watched, line):
        _restarted(watched, line)


def _restarted(watched: Watched, line: Line) -> None:
    for name in ("workers", "exporters", "prometheus", "alertmanager", "kafka", "cache"):
        part = getattr(watched, name)
        for process in part if isinstance(part, list) else [part]:
            process.stop()
            process.start()
        line.note(f"restarted {name}")
        line.until(lambda: False, 75)
    line.demand(not line.told("queue", "resolved"), "said to be over")
    line.demand(not line.told("pipeline"), "the path was said to be broken by restarts")
    line.demand(_queue_alone(watched), "the queue's alert was lost")
    doubled = [f"{one.receiver} {one.said['groupKey']}" for one in watched.receiver.doubled()]
    line.demand(not doubled, f"told twice: {doubled}")


def path(watched: Watched, line: Line) -> None:
    """One thing after the other is broken, restarted or halted, of one installation."""
    with _short_of_staff(watched, line, *_flaps(4)):
        _restarted(watched, line)
        _told_once(line, "flaps")
        for name in ("exporter", "kafka", "halted", "heartbeat"):
            line.note(name)
            _struck(watched, line, BREAKAGES[name], seconds=_BRIEFLY_SECONDS)
    calm = [one for one in line.watched.receiver.changes() if one.labels.get("queue") == "night"]
    line.demand(not calm, f"somebody was told of the queue of three calls: {calm}")


BREAKAGES = {
    "worker": Breakage(_all("workers", signal.SIGKILL), _start("workers")),
    "exporter": Breakage(_all("exporters", signal.SIGKILL), _start("exporters")),
    "redis": Breakage(lambda watched: watched.cache.kill(), lambda watched: _begin(watched.cache)),
    "kafka": Breakage(lambda watched: watched.kafka.kill(), lambda watched: _begin(watched.kafka)),
    "heartbeat": Breakage(
        lambda watched: watched.heartbeats.kill(), lambda watched: _begin(watched.heartbeats)
    ),
    "halted": Breakage(_halt, _let_pass),
}
EPISODES: dict[str, Episode] = {
    "overload": overload,
    "night": night,
    "flapping": flapping,
    **{name: _broken(breakage) for name, breakage in BREAKAGES.items()},
    "restarts": restarts,
    "path": path,
}
