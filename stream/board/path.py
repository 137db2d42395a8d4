"""The way from the sources to a reader, and what of it is away. Pure: `now` is given.

Whoever owns a partition gives a sign of life every few seconds, with how it stands with Kafka. A reader
compares signs with its own clock only: when one came that differs from the last, somebody lives.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from stream.board.heartbeats import FORGOTTEN_AFTER_MS, NEVER, Beat
from stream.board.stretch import STALE_AFTER_MS
from stream.store.partition import Partition
from stream.store.sign import Sign

#: What is silent for longer is away. Signs come every 2 s, and Kafka is asked every 2 s.
AWAY_AFTER_MS = 10_000


class Link(StrEnum):
    """What lies between a contact and its number; the nearest to the reader first."""

    STORE = "store"
    WORKER = "worker"
    BROKER = "broker"
    SOURCE = "source"


class Away(NamedTuple):
    """What is away, and since when; None for what never came. `partitions` are without it.

    `sources` are those that sent heartbeats and stopped; without any, no event comes from anywhere.
    """

    link: Link
    since_ms: int | None
    partitions: int
    sources: tuple[str, ...] = ()


@dataclass(slots=True)
class Sight:
    """What a reader knows of the way to one partition, in ms by the reader's clock.

    `read_ms`: when it was read last; `heard_ms`: when its owner gave the last sign; `unwell_ms`: when the way
    was last seen to be cut.
    """

    read_ms: int = 0
    heard_ms: int = 0
    unwell_ms: int = 0
    sign: Sign | None = None
    beats: dict[str, Beat] = field(default_factory=dict)

    def take(self, sign: Sign | None, heartbeats: Mapping[str, int], *, moved: bool, now_ms: int) -> None:
        """Follow what was read; `moved`: something was stored. After a long look away all begins anew."""
        again = now_ms - self.read_ms > AWAY_AFTER_MS
        if moved or again or sign != self.sign:
            self.heard_ms = now_ms
        if again or self.cut is not None:
            self.unwell_ms = now_ms
        self.sign, self.read_ms = sign, now_ms
        self.beats = {
            source: self.beats.get(source, NEVER).then(at_ms, now_ms) for source, at_ms in heartbeats.items()
        }

    @property
    def cut(self) -> tuple[Link, int] | None:
        """What was away when it was read last, and since when; owners before this version do not tell."""
        if self.sign is None:
            return None
        if self.read_ms - self.heard_ms > AWAY_AFTER_MS:
            return Link.WORKER, self.heard_ms
        answered_ms = self.heard_ms - self.sign.silent_ms
        return (Link.BROKER, answered_ms) if self.read_ms - answered_ms > AWAY_AFTER_MS else None


@dataclass(frozen=True, slots=True)
class Path:
    """The way as it is. `known`: up to when the present is known, of each partition that is not followed.

    `behind`: records that workers have yet to read.
    """

    away: tuple[Away, ...] = ()
    known: Mapping[Partition, int] = field(default_factory=dict)
    behind: int = 0


def path(sights: Mapping[Partition, Sight], watermark_ms: int, *, read_ms: int, now_ms: int) -> Path:
    """The way at `now_ms`; `read_ms`: when the store was last read, `watermark_ms`: the newest event."""
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
    """Who is silent, where workers, store and Kafka are well and nothing is left to be read.

    A source sends to every partition, and is heard in any. What comes from nobody stands still: a wait whose
    end cannot come is not counted on. Without heartbeats nobody can tell that from a quiet hour.
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
