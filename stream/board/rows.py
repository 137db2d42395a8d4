"""The board as values: a row for each queue and team, and all of them at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stream.board.agreement import Agreement
from stream.board.heartbeats import PathHeartbeat
from stream.board.holding import HeldUp
from stream.board.interval import STALE_AFTER_MS, Intervals
from stream.board.last_hour import LastHour
from stream.board.path import Path
from stream.board.rebuilding import PartitionState, Rebuilding
from stream.board.staff import Staff
from stream.domain.definition import Definition
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Measured
from stream.domain.measures.now import NOW
from stream.domain.service_level import Counts, Share
from stream.domain.status import Called, Tolerance
from stream.domain.tally import Tally
from stream.store.partition import Partition

EXPIRED_AFTER_MS = 300_000
#: The name of the counts since the beginning.
TOTALS = "totals"


class Freshness(StrEnum):
    """How far the data is behind the clock. `quiet`: no events, and heartbeats prove that there are none.

    Data is `stale` at once if a link is away or a partition is held up: see `Path` and `HeldUp`.
    """

    EMPTY = "empty"
    FRESH = "fresh"
    QUIET = "quiet"
    STALE = "stale"
    EXPIRED = "expired"


class QueueNow(Measured, rows=NOW):
    """The current values of a queue."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One (queue, channel): KPIs of its `windows` over `intervals`, and its running total as a tally.

    `display_name` is "" if it equals the name. `out` counts the visits that left since the beginning.
    `by_target` has the share that met each target of a queue with several, by window (or `TOTALS`) and target
    in ms. `contacts` has KPIs that count each contact once, for all queues together. `status` follows from
    `tolerance` and the definition.
    """

    queue: str
    channel: str | None
    definition: Definition
    now: QueueNow
    windows: dict[str, Kpis]
    intervals: Intervals
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
    """The whole board at `now_ms`, built from the records before `positions`.

    `time_zone` is the IANA name of the centre's zone. `rebuilding` summarises rebuilds, if any. `holding` has
    the reasons why partitions do not show everything in the log. `last_hour` has odd records. `agreement`
    compares the reader's settings with the rulebook, if there is one. `unreadable` counts stored values that
    could not be read.
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
    partitions: Mapping[Partition, PartitionState] = field(default_factory=dict)
    time_zone: str = "UTC"
    positions: Mapping[Partition, int] = field(default_factory=dict)
    last_hour: LastHour = field(default_factory=LastHour)
    agreement: Agreement | None = None
    unreadable: int = 0
    path: Path = field(default_factory=Path)
    holding: tuple[HeldUp, ...] = ()

    @property
    def current_ms(self) -> int:
        """Up to when the board is right, in ms: the newest event or newer heartbeats; 0 without events."""
        return current_ms(self.watermark_ms, self.heartbeat.proven_ms)

    @property
    def age_ms(self) -> int | None:
        """The age of the newest event in ms; None before the first."""
        return max(0, self.now_ms - self.watermark_ms) if self.watermark_ms else None


def current_ms(watermark_ms: int, proven_ms: int) -> int:
    """Up to when a board is right, from its newest event and its heartbeats; 0 before the first event."""
    return max(watermark_ms, proven_ms) if watermark_ms else 0


def freshness(
    now_ms: int,
    watermark_ms: int,
    proven_ms: int,
    *,
    slowest_ms: int | None = None,
    followed: bool = True,
) -> Freshness:
    """The freshness of a board, from its newest event and from heartbeats that prove there is no newer one.

    The worst partition decides: the board is stale if a partition with heartbeats was read only up to
    `slowest_ms`, long ago, or is not `followed`, however new the newest event is.
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
