"""The interval of a window, and whether it was read to its end."""

from stream.domain.measures import sources as of
from stream.domain.measures.measure import Unit
from tools.docs.definitions.entry import Entry, Example, Group, Layout
from tools.docs.definitions.stories import EDGES, MORNING
from tools.docs.definitions.worked import time_ms

_INTERVAL = "queues.billing.windows.interval_15m_last"
_ROLLING = "queues.billing.windows.5m"
_AT = "10:20:07"
_ANY = ("visit.queued",)

INTERVALS = Group(
    "What a window covers",
    "Each window states the interval of its values.",
    _INTERVAL,
    (
        Entry(
            name="from_ms",
            title="Beginning",
            formula="the first instant of the window",
            symbols="",
            needs=_ANY,
            unit=Unit.INSTANT,
            booked="every second",
            examples=(
                Example(time_ms("10:00:00"), "", EDGES, at=_AT),
                Example(time_ms("10:15:00"), "", EDGES, at=_AT, where=f"{_ROLLING}.from_ms"),
            ),
            sources=(of.OURS_CLOCK,),
        ),
        Entry(
            name="to_ms",
            title="End",
            formula="now; for a past interval, the first instant after it",
            symbols="",
            needs=_ANY,
            unit=Unit.INSTANT,
            booked="every second",
            examples=(
                Example(time_ms("10:15:00"), "", EDGES, at=_AT),
                Example(time_ms("10:20:07"), "", EDGES, at=_AT, where=f"{_ROLLING}.to_ms"),
            ),
            sources=(of.OURS_CLOCK,),
        ),
        Entry(
            name="completeness_ratio",
            title="Completeness",
            formula="partitions read up to the end of the window, over partitions that ever had an event; "
            "for a window up to now, read at most 60 s ago",
            symbols="",
            needs=_ANY,
            unit=Unit.RATIO,
            booked="now",
            examples=(
                Example(1.0, "1 / 1", MORNING, where=f"{_ROLLING}.completeness_ratio"),
                Example(0.0, "0 / 1", MORNING, at="10:16:00"),
                Example(1.0, "1 / 1", MORNING, at="10:16:00", more="10:15:30 c14 visit.queued queue=billing"),
            ),
            sources=(of.OURS_CLOCK, of.OURS_SETS),
            note="The newest event of a partition, or a newer heartbeat, proves that it was read up to "
            "then. At 10:16:00 the newest event is from 10:09:50, so the interval up to 10:15:00 may have "
            "been quiet or its events may still arrive (second value); an event after its end decides "
            "(third). Late events may change it even at 100 %.",
        ),
    ),
    Layout.TABLE,
)
