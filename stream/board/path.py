"""The path from the sources to a reader, and the links of it that are away. Pure: `now` is an argument.

The owner of a partition stores a sign of life every few seconds, with its state towards Kafka. A reader
compares signs only with its own clock: a sign that differs from the last one means that the owner is alive.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from stream.board.heartbeats import FORGOTTEN_AFTER_MS, NEVER, Beat
from stream.board.interval import STALE_AFTER_MS
from stream.store.partition import Partition
from stream.store.sign import Sign

#: A link that is silent for longer is away. Signs come every 2 s, and Kafka is asked every 2 s.
AWAY_AFTER_MS = 10_000
#: A sign is read so much later at most than it was given.
_SIGN_DELAY_MS = 500


class Link(StrEnum):
    """The links between a contact and its number, the nearest to the reader first."""

    STORE = "store"
    WORKER = "worker"
    BROKER = "broker"
    SOURCE = "source"


class Away(NamedTuple):
    """A link that is away, and since when; None if it was never there. `partitions` lack it.

    `sources` sent heartbeats and stopped. Without `sources`, no event comes from any source.
    """

    link: Link
    since_ms: int | None
    partitions: int
    sources: tuple[str, ...] = ()


@dataclass(slots=True)
class Sight:
    """The signs of life on the path to one partition, in ms by the reader's clock.

    `read_ms` is the last read, `heard_ms` the last sign of the owner, `answered_ms` the last answer of Kafka
    to it, and `unwell_ms` the last time the path was seen cut.
    """

    read_ms: int = 0
    heard_ms: int = 0
    answered_ms: int = 0
    unwell_ms: int = 0
    sign: Sign | None = None
    beats: dict[str, Beat] = field(default_factory=dict)

    def take(self, sign: Sign | None, heartbeats: Mapping[str, int], *, moved: bool, now_ms: int) -> None:
        """Follow a read. `moved` means that something was stored. After a long gap all timers restart."""
        again = now_ms - self.read_ms > AWAY_AFTER_MS
        if moved or again or sign != self.sign:
            # A sign is up to one read old. To estimate the same answer from each sign would let waits jump.
            since_ms = now_ms - self.heard_ms + _SIGN_DELAY_MS
            if sign is not None and (again or sign.silent_ms <= since_ms):
                self.answered_ms = now_ms - sign.silent_ms
            self.heard_ms = now_ms
        if again or self.cut is not None:
            self.unwell_ms = now_ms
        self.sign, self.read_ms = sign, now_ms
        self.beats = {
            source: self.beats.get(source, NEVER).then(at_ms, now_ms) for source, at_ms in heartbeats.items()
        }

    @property
    def cut(self) -> tuple[Link, int] | None:
        """The link that was away at the last read, and since when; unknown for owners before this version."""
        if self.sign is None:
            return None
        if self.read_ms - self.heard_ms > AWAY_AFTER_MS:
            return Link.WORKER, self.heard_ms
        is_silent = self.read_ms - self.answered_ms > AWAY_AFTER_MS
        return (Link.BROKER, self.answered_ms) if is_silent else None


@dataclass(frozen=True, slots=True)
class Path:
    """The state of the path. `known` has the last known instant of each partition that is not followed.

    `behind` is the number of records that workers have yet to read.
    """

    away: tuple[Away, ...] = ()
    known: Mapping[Partition, int] = field(default_factory=dict)
    behind: int = 0


def path(sights: Mapping[Partition, Sight], watermark_ms: int, *, read_ms: int, now_ms: int) -> Path:
    """The path at `now_ms`, given the last read of the store and the newest event, in ms."""
    cuts = {partition: cut for partition, sight in sights.items() if (cut := sight.cut) is not None}
    known = {partition: since_ms for partition, (_, since_ms) in cuts.items()}
    behind = sum(sight.sign.behind for sight in sights.values() if sight.sign is not None)
    if now_ms - read_ms > AWAY_AFTER_MS:
        still = {p: min(known.get(p, sight.read_ms), sight.read_ms) for p, sight in sights.items()}
        return Path((Away(Link.STORE, read_ms or None, len(sights)),), still, behind)
    if not sights:
        return Path((Away(Link.WORKER, None, 0),))
    if cuts or behind:
        return Path(tuple(_cut(cuts)), known, behind)
    return _sources(sights, watermark_ms, read_ms)


def _cut(cuts: Mapping[Partition, tuple[Link, int]]) -> Iterator[Away]:
    for link in (Link.WORKER, Link.BROKER):
        since = [since_ms for cut, since_ms in cuts.values() if cut is link]
        if since:
            yield Away(link, min(since), len(since))


def _sources(sights: Mapping[Partition, Sight], watermark_ms: int, read_ms: int) -> Path:
    """The silent sources, when workers, store and Kafka are well and nothing is left to read.

    A source sends heartbeats to every partition, and one of them is enough to hear it. If no source is alive,
    waits stop growing, because their ends cannot arrive. Without heartbeats this looks the same as a quiet
    hour.
    """
    well_ms = max(sight.unwell_ms for sight in sights.values())
    sources: dict[str, Beat] = {}
    for sight in sights.values():
        for source, beat in sight.beats.items():
            if read_ms - beat.at_ms <= FORGOTTEN_AFTER_MS and beat > sources.get(source, NEVER):
                sources[source] = beat
    if not sources:
        silent = bool(watermark_ms) and read_ms - max(watermark_ms, well_ms) > STALE_AFTER_MS
        return Path((Away(Link.SOURCE, watermark_ms, len(sights)),) if silent else ())
    gone = {s: b for s, b in sources.items() if read_ms - max(b.heard_ms, well_ms) > b.patience_ms}
    if not gone:
        return Path()
    away = (Away(Link.SOURCE, max(b.heard_ms for b in gone.values()), len(sights), tuple(sorted(gone))),)
    alive_ms = max(watermark_ms, *(beat.heard_ms for beat in sources.values()))
    nobody = len(gone) == len(sources) and read_ms - alive_ms > AWAY_AFTER_MS
    return Path(away, dict.fromkeys(sights, alive_ms) if nobody else {})
