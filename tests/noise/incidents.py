"""What goes wrong in a week that is not healthy, when and where: the truth that alerts are judged by."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from stream.dev.simulator.arrivals import arrivals
from stream.dev.simulator.centre import Break, Centre, Queue
from stream.dev.simulator.chance import Chance
from stream.dev.simulator.journal import SimulatedEvent
from stream.dev.simulator.simulation import Simulation
from stream.domain.instant import DAY_MS, HOUR_MS, MINUTE_MS

NOBODY, HALF, RUSH, SLOW, DEAD = (
    "nobody there",
    "half the staff",
    "volume times two",
    "slow handling",
    "dead feed",
)
KINDS = (NOBODY, HALF, RUSH, SLOW, DEAD)
#: The share of a queue's agents that walk away. Of 50, `MOST` are 42.
MOST = "most are away"
_AWAY_RATIO = {NOBODY: 1.0, MOST: 0.84, HALF: 0.5}
#: Hours of the day after which one begins. Each is over, and the centre has recovered, before the next.
_HOURS, _WITHIN_MS = (9, 12, 15), 90 * MINUTE_MS
_MINUTES = (10, 40)


@dataclass(frozen=True, slots=True)
class Incident:
    """One of `KINDS` on a queue, in [start_ms, end_ms)."""

    kind: str
    queue: str
    start_ms: int
    end_ms: int


def planned(centre: Centre, *, seed: int, start_ms: int, days: int) -> list[Incident]:
    """Three incidents a day, of all kinds in turn, on busy queues more often; `start_ms` is a midnight."""
    rng, found = Random(f"{seed}/incidents"), list[Incident]()
    weights = [queue.peak_per_hour for queue in centre.queues]
    for day, hour in product(range(days), _HOURS):
        at_ms = start_ms + day * DAY_MS + hour * HOUR_MS + rng.randrange(_WITHIN_MS)
        kind, queue = KINDS[(len(found) + seed) % len(KINDS)], rng.choices(centre.queues, weights)[0]
        found.append(Incident(kind, queue.name, at_ms, at_ms + rng.randint(*_MINUTES) * MINUTE_MS))
    return found


def told(
    centre: Centre, incidents: list[Incident], *, seed: int, start_ms: int, until_ms: int
) -> Iterator[tuple[int, SimulatedEvent]]:
    """What the centre publishes in [start_ms, until_ms) with these incidents, each with when it is received.

    What a dead feed holds back comes all at once, once it lives again.
    """
    simulation = _Troubled(centre, incidents, seed=seed, start_ms=start_ms)
    simulation.begin()
    dead = [incident for incident in incidents if incident.kind == DEAD]
    held: list[SimulatedEvent] = []
    while simulation.calendar.next_ms < until_ms:
        simulation.calendar.step()
        now_ms = simulation.calendar.now_ms
        held += simulation.journal.drain()
        if not any(one.start_ms <= now_ms < one.end_ms for one in dead):
            yield from ((now_ms, event) for event in held)
            held.clear()


class _Troubled(Simulation):
    """A centre in which some agents walk away, more contacts come, or talks take longer, for some minutes."""

    def __init__(self, centre: Centre, incidents: list[Incident], *, seed: int, start_ms: int) -> None:
        self._slowed = _Slowed(Random(f"{seed}/behaviour"))
        super().__init__(centre, seed=seed, start_ms=start_ms, chance=self._slowed)
        self._incidents = incidents

    def begin(self) -> None:
        super().begin()
        self.calendar.begin(self._suffer())

    def _suffer(self) -> Iterator[int]:
        for incident in self._incidents:
            yield incident.start_ms - self.calendar.now_ms
            if incident.kind in _AWAY_RATIO:
                self._walk_away(incident)
            elif incident.kind == RUSH:
                self.calendar.begin(self._arrive(self._queue(incident), self._more(incident)))
            elif incident.kind == SLOW:
                self._slowed.queue = incident.queue
                yield incident.end_ms - self.calendar.now_ms
                self._slowed.queue = None

    def _queue(self, incident: Incident) -> Queue:
        return next(queue for queue in self.centre.queues if queue.name == incident.queue)

    def _more(self, incident: Incident) -> Iterator[int]:
        return arrivals(
            Random(f"{self.seed}/{incident.start_ms}"),
            curve=self.centre.curve,
            peak_per_hour=self._queue(incident).peak_per_hour,
            start_ms=incident.start_ms,
            until_ms=incident.end_ms,
        )

    def _walk_away(self, incident: Incident) -> None:
        minutes = (incident.end_ms - incident.start_ms) // MINUTE_MS
        serving = (agent for agent in self.floor.agents if incident.queue in agent.team.queues)
        present = [agent for agent in serving if agent.state != "logged_out"]
        for agent in present[: round(_AWAY_RATIO[incident.kind] * len(present))]:
            agent.pause = Break("meeting", 0, minutes)
            self.routing.call_away(agent)


class _Slowed(Chance):
    """People who talk twice as long on one `queue`."""

    __slots__ = ("queue",)

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.queue: str | None = None

    def talk(self, queue: Queue) -> int:
        """See `Chance`."""
        return super().talk(queue) * (2 if queue.name == self.queue else 1)
