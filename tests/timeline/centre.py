"""A centre of fifty agents at its peak, told live, and what goes wrong in it."""

import threading
import time
from collections.abc import Iterable

from noise.incidents import Incident, told
from support.source import Sending, Source

from stream.clock import now_ms
from stream.dev.simulator.centre import Centre, Queue, Team
from stream.dev.simulator.curve import FLAT
from stream.dev.simulator.journal import SimulatedEvent
from stream.domain.instant import HOUR_MS

AGENTS = 50
_A_MOMENT_SECONDS = 0.2


def busy(
    agents: int = AGENTS, *, per_hour: float = 620.0, name: str = "orders", talk_ms: int = 180_000
) -> Centre:
    """One queue by telephone, whose agents are busy for some four fifths of their time."""
    queue = Queue(
        name=name,
        channel="voice",
        peak_per_hour=per_hour,
        talk_median_ms=talk_ms,
        acw_mean_ms=talk_ms // 7,
        patience_mean_ms=240_000,
        menu_mean_ms=5_000,
    )
    return Centre(queues=(queue,), teams=(Team(name=name, agents=agents, queues=(name,)),), curve=FLAT)


def together(*centres: Centre) -> Centre:
    """Centres as one, each with its own queues and teams."""
    return Centre(
        queues=tuple(queue for one in centres for queue in one.queues),
        teams=tuple(team for one in centres for team in one.teams),
        curve=FLAT,
    )


def calm() -> Centre:
    """Two agents and twenty calls an hour: three in ten minutes."""
    return busy(2, per_hour=20, name="night")


def unsteady() -> Centre:
    """Eight agents of short talks, who are more than enough while they are there."""
    return busy(8, per_hour=400, name="flaps", talk_ms=12_000)


class Live:
    """A centre as it happens: the hour before is told at once, and then each event at its time.

    Instants of incidents are ms after the beginning.
    """

    def __init__(
        self, centre: Centre, source: Source, *, seed: int, incidents: Iterable[Incident] = ()
    ) -> None:
        self._source = source
        self.begun_ms = now_ms()
        start_ms = self.begun_ms - HOUR_MS
        moved = [
            Incident(one.kind, one.queue, self.begun_ms + one.start_ms, self.begun_ms + one.end_ms)
            for one in incidents
        ]
        self._events = told(centre, moved, seed=seed, start_ms=start_ms, until_ms=self.begun_ms + 4 * HOUR_MS)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def start(self) -> None:
        """Tell of the hour before, and go on."""
        self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._stopped.set()
        self._thread.join()

    def _tell(self) -> None:
        due: list[Sending] = []
        for received_ms, event in self._events:
            if received_ms > now_ms():
                self._source.feed(due)
                due = []
                while (ahead := received_ms - now_ms()) > 0 and not self._stopped.is_set():
                    time.sleep(min(_A_MOMENT_SECONDS, ahead / 1000))
            if self._stopped.is_set():
                return
            due.append(_sending(event))


def _sending(event: SimulatedEvent) -> Sending:
    return Sending(event.topic, event.key, event.value)
