"""What a window covers, and whether it has been read to its end."""

from stream.domain.measures import sources as of
from stream.domain.measures.measure import Unit
from tools.docs.definitions.entry import Entry, Example, Group, Layout
from tools.docs.definitions.stories import EDGES, MORNING
from tools.docs.definitions.worked import time_ms

_INTERVAL = "queues.billing.windows.interval_15m_last"
_ROLLING = "queues.billing.windows.5m"
_AT = "10:20:07"
_ANY = ("visit.queued",)

STRETCHES = Group(
    "What a window covers",
    "Beside the values of each window stands the time that they are of.",
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
            formula="now; of an interval that has passed, the first instant after it",
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
            formula="partitions that have been read up to the end of the window, over those that ever had an "
            "event; up to now means no more than 60 s ago",
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
            note="Read is what the newest event of a partition says, or a heartbeat behind it. At 10:16:00 "
            "the newest is of 10:09:50: nobody knows yet whether the interval up to 10:15:00 was quiet or "
            "its events are on their way (second value); an event after its end tells (third). Even at 100 % "
            "a late one may move it.",
        ),
    ),
    Layout.TABLE,
)
