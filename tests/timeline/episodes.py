"""What is done to an installation, and what must be told of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from noise.incidents import HALF, MOST, NOBODY, Incident
from support.processes import wait_until
from support.source import Sending

from stream.broker.topics import CONTACTS
from timeline.centre import Live, busy
from timeline.watched import Watched

_PATIENCE_SECONDS = 180
_MINUTE_MS = 60_000


@dataclass
class Line:
    """A timeline: what was done, what the board said, what was told; seconds after the beginning."""

    watched: Watched
    begun: float = field(default_factory=time.time)
    said: list[tuple[float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _status: str = ""

    def note(self, what: str) -> None:
        """Something was done."""
        self.said.append((time.time(), what))

    def look(self) -> None:
        """What the board says, if it is something else than before."""
        status = self.watched.status()
        if status != self._status:
            self.note(f"board: {status}")
        self._status = status

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
        """When somebody was paged of something of a scope, or told that it is over."""
        return [
            one.at
            for one in self.watched.receiver.changes()
            if one.labels.get("scope") == scope
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
    live = Live(busy(2, per_hour=20), watched.source, seed=3)
    live.start()
    line.until(lambda: False, 540)
    live.stop()
    line.demand(not line.told("queue"), f"somebody was paged: {line.watched.receiver.changes()}")


def flapping(watched: Watched, line: Line) -> None:
    """Everybody leaves for two minutes, again and again: one page."""
    gone = [Incident(NOBODY, "orders", n * 240_000, n * 240_000 + 150_000) for n in range(1, 5)]
    live = _live(watched, line, *gone)
    line.until(lambda: False, 1_200)
    live.stop()
    for name in {one.name for one in line.watched.receiver.changes() if one.labels.get("severity") == "page"}:
        pages = [
            one for one in line.watched.receiver.changes() if one.name == name and one.status == "firing"
        ]
        line.demand(len(pages) == 1, f"{len(pages)} pages {name}")


def _broken(
    strike: Callable[[Watched], None], heal: Callable[[Watched], None]
) -> Callable[[Watched, Line], None]:
    """Break something while a queue's alert fires: paged within 90 s, and nothing is said to be over."""

    def run(watched: Watched, line: Line) -> None:
        live = _live(watched, line, Incident(HALF, "orders", 30_000, 3_600_000))
        try:
            line.demand(
                line.until(lambda: bool(line.told("queue")), 700), "no alert of a queue to begin with"
            )
            strike(watched)
            struck = time.time()
            line.note("broken")
            before = len(line.told("pipeline"))
            line.demand(line.until(lambda: len(line.told("pipeline")) > before, 240), "nobody was paged")
            late = line.told("pipeline")[before:][:1]
            line.note(f"paged {time.time() - struck:.0f} s after")
            line.demand(bool(late) and late[0] - struck <= 90, "paged later than 90 s")
            line.until(lambda: False, 420)
            line.demand(not line.told("queue", "resolved"), "a queue was said to be well")
            heal(watched)
            line.note("mended")
            line.demand(line.until(lambda: "fresh" in line.watched.status(), 240), "not fresh again")
        finally:
            live.stop()

    return run


def _live(watched: Watched, line: Line, *incidents: Incident) -> Live:
    live = Live(busy(), watched.source, seed=7, incidents=incidents)
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


def restarts(watched: Watched, line: Line) -> None:
    """Each component is restarted while an alert fires: none is lost, none comes twice."""
    live = _live(watched, line, Incident(HALF, "orders", 30_000, 3_600_000))
    try:
        line.demand(line.until(lambda: bool(line.told("queue")), 700), "no alert of a queue to begin with")
        named = {one.name for one in watched.receiver.changes() if one.labels.get("scope") == "queue"}
        for name in ("workers", "exporters", "prometheus", "alertmanager", "kafka", "cache"):
            part = getattr(watched, name)
            for process in part if isinstance(part, list) else [part]:
                process.stop()
                process.start()
            line.note(f"restarted {name}")
            line.until(lambda: False, 90)
        heard = [one for one in watched.receiver.changes() if one.name in named]
        line.demand(not [one for one in heard if one.status == "resolved"], "said to be over")
        line.demand(len(heard) == len(named), f"{len(heard)} for {len(named)}")
    finally:
        live.stop()


EPISODES: dict[str, Callable[[Watched, Line], None]] = {
    "overload": overload,
    "night": night,
    "flapping": flapping,
    "worker": _broken(_all("workers", signal.SIGKILL), _start("workers")),
    "exporter": _broken(_all("exporters", signal.SIGKILL), _start("exporters")),
    "redis": _broken(lambda watched: watched.cache.kill(), lambda watched: watched.cache.start()),
    "kafka": _broken(lambda watched: watched.kafka.kill(), lambda watched: watched.kafka.start()),
    "halted": _broken(_halt, lambda _: None),
    "restarts": restarts,
}
