"""Runs the whole centre as a discrete-event simulation and yields its events."""

from collections.abc import Iterator
from random import Random

from .arrivals import arrivals
from .calendar import Calendar
from .centre import Centre, Queue
from .chance import Chance
from .floor import Floor
from .journal import Journal, SimulatedEvent
from .overload import Overload, overloads
from .roster import Roster
from .routing import Routing

#: Signs of life of the source as a whole, so that a quiet stream can be told from a broken one.
PULSE_MS = 5_000
PULSES = tuple(f"heartbeat-{number}" for number in range(4))


def simulate(
    centre: Centre, *, seed: int, start_ms: int, until_ms: int | None = None
) -> Iterator[SimulatedEvent]:
    """Yield what the centre publishes in [start_ms, until_ms), in order of time; endless without `until_ms`.

    At the start whoever is on shift logs in and the queues are empty. Same arguments, same bytes.
    """
    if until_ms is not None and until_ms <= start_ms:
        return
    simulation = Simulation(centre, seed=seed, start_ms=start_ms)
    simulation.begin()
    yield from simulation.journal.drain()
    while until_ms is None or simulation.calendar.next_ms < until_ms:
        simulation.calendar.step()
        yield from simulation.journal.drain()


class Simulation:
    """The parts, put together; arrivals draw apart from behaviour, so that one does not shift the other."""

    def __init__(self, centre: Centre, *, seed: int, start_ms: int, chance: Chance | None = None) -> None:
        self.centre = centre
        self.seed = seed
        self.calendar = Calendar(start_ms)
        self.journal = Journal(self.calendar, source=f"/simulator/{seed}", run=f"{seed}-{start_ms:x}")
        chance = chance or Chance(Random(f"{seed}/behaviour"))
        self.floor = Floor(centre, calendar=self.calendar, journal=self.journal)
        self.routing = Routing(
            centre, calendar=self.calendar, journal=self.journal, floor=self.floor, chance=chance
        )
        self.roster = Roster(
            centre, calendar=self.calendar, floor=self.floor, routing=self.routing, chance=chance
        )

    def begin(self) -> None:
        """Log in whoever is on shift, and expect all that comes."""
        self.calendar.begin(self._pulse())
        self.roster.begin()
        for queue in self.centre.queues:
            self.calendar.begin(self._arrive(queue, self._usual(queue)))
        self.calendar.begin(self._rush())

    def _pulse(self) -> Iterator[int]:
        while True:
            for subject in PULSES:
                self.journal.agent(subject, "agent.heartbeat", {})
            yield PULSE_MS

    def _rush(self) -> Iterator[int]:
        for overload in overloads(self.centre, seed=self.seed, start_ms=self.calendar.now_ms):
            yield overload.start_ms - self.calendar.now_ms
            self.calendar.begin(self._arrive(overload.queue, self._extra(overload)))

    def _arrive(self, queue: Queue, times: Iterator[int]) -> Iterator[int]:
        for at_ms in times:
            yield at_ms - self.calendar.now_ms
            self.calendar.begin(self.routing.contact(queue))

    def _usual(self, queue: Queue) -> Iterator[int]:
        return arrivals(
            Random(f"{self.seed}/arrivals/{queue.name}"),
            curve=self.centre.curve,
            peak_per_hour=queue.peak_per_hour,
            start_ms=self.calendar.now_ms,
        )

    def _extra(self, overload: Overload) -> Iterator[int]:
        """Draw what a rush adds to the usual; independent Poisson processes add up."""
        return arrivals(
            Random(f"{self.seed}/overload/{overload.start_ms}"),
            curve=self.centre.curve,
            peak_per_hour=overload.queue.peak_per_hour * (overload.factor - 1.0),
            start_ms=overload.start_ms,
            until_ms=overload.end_ms,
        )
