"""A week as Prometheus sees it: what an exporter answers to every scrape, by the clock of the simulation.

By night, while all queues are closed by their calendars and nobody is there, nothing is scraped or evaluated.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from support.scenario import Line, finished

from noise.incidents import Incident, told
from noise.site import centre, settings
from stream.adapters.canonical import CanonicalDecoder
from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.snapshot import BoardBuilder
from stream.domain.fact import Event
from stream.domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from stream.metrics.catalogue import METRIC_WINDOWS
from stream.metrics.exposition import Exposition
from stream.store.memory import MemoryStore
from stream.store.partition import Partition

SCRAPE_MS, DAYS = 30_000, 7
#: The first agents come at seven, the last leave at nine.
WAKES_MS, SLEEPS_MS = 6 * HOUR_MS + 30 * MINUTE_MS, 21 * HOUR_MS + 30 * MINUTE_MS
_LOG = Partition("log", 0)
_HEARTBEAT = b'"pantau.heartbeat"'
#: What Prometheus itself adds of the targets that it scrapes.
_UP = ('up{job="pantau-exporter",instance="e"} 1', 'up{job="pantau-worker",instance="w"} 1')


class Week(NamedTuple):
    """Days that are simulated, from a midnight on, and what goes wrong in them."""

    seed: int
    start_ms: int
    days: int
    incidents: list[Incident]

    @property
    def until_ms(self) -> int:
        """Its end."""
        return self.start_ms + self.days * DAY_MS

    @property
    def name(self) -> str:
        """By this it is kept."""
        return f"{'troubled' if self.incidents else 'healthy'}-{self.seed}"

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The time that is watched of each day, in seconds."""
        midnights = range(self.start_ms, self.until_ms, DAY_MS)
        return [((day + WAKES_MS) // 1000, (day + SLEEPS_MS) // 1000) for day in midnights]


def scraped(week: Week, wanted: set[str], folder: Path) -> list[Path]:
    """All scrapes as OpenMetrics, a file for each day, with the series of these names."""
    files = [folder / f"day-{day}.om" for day in range(week.days)]
    for day, scrapes in groupby(_scrapes(week), lambda scrape: (scrape[0] - week.start_ms) // DAY_MS):
        with files[day].open("w") as to:
            for at_ms, lines in scrapes:
                to.writelines(f"{line} {at_ms // 1000}\n" for line in lines if _name(line) in wanted)
            to.write("# EOF\n")
    return files


def _name(line: str) -> str:
    return line.partition("{")[0].partition(" ")[0]


def _scrapes(week: Week) -> Iterator[tuple[int, list[str]]]:
    """Each scrape, with the lines of its answer."""
    rules = settings()
    store, model = MemoryStore(retention=rules.retention()), Model()
    line = Line(store, _LOG, rules.definitions(), retention=rules.retention())
    reader = Reader(store, model)
    builder = BoardBuilder(
        model,
        rules.definitions(),
        rules.timetable(),
        rules.stuck_after_ms(),
        rules.staffing(),
        naming=rules.naming(),
    )
    exposition = Exposition("noise", rules.definitions().wait_edges_ms, rules.file.in_force)
    for at_ms, events, heartbeat_ms in _received(week):
        if events:
            line.batch(events)
        if heartbeat_ms is not None:
            line.beat("simulator", heartbeat_ms)
        if WAKES_MS <= at_ms % DAY_MS <= SLEEPS_MS:
            finished(reader.refresh(at_ms))
            text = exposition.text(builder.board(at_ms, METRIC_WINDOWS))
            yield at_ms, [*_UP, *(line for line in text.splitlines() if not line.startswith("#"))]
        if at_ms % DAY_MS == 0:
            finished(store.sweep(_LOG))


def _received(week: Week) -> Iterator[tuple[int, list[Event], int | None]]:
    """What came since the scrape before: events, and the latest heartbeat of the source."""
    decode = CanonicalDecoder().decode
    at_ms, events, heartbeat_ms = week.start_ms + SCRAPE_MS, list[Event](), None
    span = {"seed": week.seed, "start_ms": week.start_ms, "until_ms": week.until_ms}
    for received_ms, each in told(centre(week.seed), week.incidents, **span):
        while received_ms >= at_ms and at_ms < week.until_ms:
            yield at_ms, events, heartbeat_ms
            at_ms, events, heartbeat_ms = at_ms + SCRAPE_MS, [], None
        if _HEARTBEAT in each.value:
            heartbeat_ms = each.at_ms
        else:
            events += decode(each.value)
