"""What a board is made of: one row for each queue and team, and all of them at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stream.board.agreement import Agreement
from stream.board.heartbeats import PathHeartbeat
from stream.board.holding import Held
from stream.board.last_hour import LastHour
from stream.board.path import Path
from stream.board.rebuilding import PartState, Rebuilding
from stream.board.staff import Staff
from stream.board.stretch import STALE_AFTER_MS, Stretches
from stream.domain.definition import Definition
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Measured
from stream.domain.measures.now import NOW
from stream.domain.service_level import Counts, Share
from stream.domain.status import Called, Tolerance
from stream.domain.tally import Tally
from stream.store.partition import Partition

EXPIRED_AFTER_MS = 300_000
#: Where contacts are counted since the beginning.
TOTALS = "totals"


class Freshness(StrEnum):
    """How far the data lies behind the clock; `quiet`: nothing happens, and heartbeats prove that.

    `stale` also at once where a part of the way is away or a partition is held up: see `Path` and `Held`.
    """

    EMPTY = "empty"
    FRESH = "fresh"
    QUIET = "quiet"
    STALE = "stale"
    EXPIRED = "expired"


class QueueNow(Measured, rows=NOW):
    """What is true of a queue at this instant."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One (queue, channel), its `windows` over `stretches`. `total` is its running total as a tally.

    `display_name` is what people call it, "" where that is the name. `out` are its visits that left.
    `by_target`: of a queue with several targets, the share that met each, by window (or `TOTALS`), then
    target in ms. `contacts`: of all queues together, each contact counted once. `status`: how it is called,
    by `tolerance` and its definition.
    """

    queue: str
    channel: str | None
    definition: Definition
    now: QueueNow
    windows: dict[str, Kpis]
    stretches: Stretches
    totals: Kpis
    out: Counts
    total: Tally
    status: Called
    tolerance: Tolerance
    by_target: dict[str, dict[int, Share]] = field(default_factory=dict)
    contacts: dict[str, Kpis] = field(default_factory=dict)
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """All of it, at `now_ms`, built from the records before `positions`.

    `time_zone` is the centre's, by its IANA name. `rebuilding`: what of it is read again from the log, if
    anything is. `holding`: what keeps partitions from showing what their log holds. `last_hour`: the records
    that came in since then and were odd. `agreement`: how the reader's
    settings stand to what it was booked by, where that is known. `unreadable`: how many stored values it
    lacks, because they could not be read.
    """

    now_ms: int
    watermark_ms: int
    written_ms: int
    freshness: Freshness
    queues: list[QueueBoard]
    all: QueueBoard
    staff: Staff
    open_contacts: int
    heartbeat: PathHeartbeat
    rebuilding: Rebuilding | None = None
    parts: Mapping[Partition, PartState] = field(default_factory=dict)
    time_zone: str = "UTC"
    positions: Mapping[Partition, int] = field(default_factory=dict)
    last_hour: LastHour = field(default_factory=LastHour)
    agreement: Agreement | None = None
    unreadable: int = 0
    path: Path = field(default_factory=Path)
    holding: tuple[Held, ...] = ()

    @property
    def current_ms(self) -> int:
        """Up to when it is right: the newest event, or the heartbeats behind it; 0 before the first."""
        return current_ms(self.watermark_ms, self.heartbeat.proven_ms)

    @property
    def age_ms(self) -> int | None:
        """How old the newest event is; None before the first."""
        return max(0, self.now_ms - self.watermark_ms) if self.watermark_ms else None


def current_ms(watermark_ms: int, proven_ms: int) -> int:
    """Up to when a board is right, by its newest event and its heartbeats; 0 before the first event."""
    return max(watermark_ms, proven_ms) if watermark_ms else 0


def freshness(
    now_ms: int,
    watermark_ms: int,
    proven_ms: int,
    *,
    slowest_ms: int | None = None,
    followed: bool = True,
) -> Freshness:
    """How a board is called by its newest event, and by the heartbeats that prove that there is no newer.

    The whole is as its worst part: stale where a partition with heartbeats was read up to `slowest_ms`, long
    ago, and where it is not `followed`, however new its newest event.
    """
    if not watermark_ms:
        return Freshness.EMPTY
    age_ms = now_ms - current_ms(watermark_ms, proven_ms)
    if age_ms > EXPIRED_AFTER_MS:
        return Freshness.EXPIRED
    slow_ms = 0 if slowest_ms is None else now_ms - slowest_ms
    if max(age_ms, slow_ms) > STALE_AFTER_MS or not followed:
        return Freshness.STALE
    return Freshness.FRESH if now_ms - watermark_ms <= STALE_AFTER_MS else Freshness.QUIET
