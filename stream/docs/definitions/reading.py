"""How a value is to be read: windows, totals, no data, contacts and visits."""

from stream.docs.definitions import sources as of
from stream.docs.definitions.entry import Entry, Example, Group, Unit
from stream.docs.definitions.stories import EDGES, LOST, TRANSFER

_NAMES = ("1m", "5m", "15m", "30m", "60m")
_EVENTS = ("visit.queued",)

READING = Group(
    "Windows, totals, contacts",
    "Where on the board a value stands decides what it is of.",
    "",
    (
        Entry(
            name="5m",
            title="Rolling windows: 1m, 5m, 15m, 30m, 60m",
            formula="the last minutes in whole panes of 10 s, and the pane in progress",
            symbols="[⌊now⌋₁₀ - 5 min, now]",
            needs=_EVENTS,
            unit=Unit.COUNT,
            booked="every second",
            examples=(Example(1, "2 - 1", EDGES, at="10:10:07", where="queues.billing.windows.5m.offered"),),
            sources=(of.TALKDESK_LEVEL, of.OURS_SETS),
            note="The edge is exact to one pane: a window of 5 min covers 5:00 to 5:10. At 10:10:07 it "
            "begins at 10:05:00, so n4 (5:06 ago) is in and n3 is out.",
            also=_NAMES,
        ),
        Entry(
            name="today",
            title="The business day",
            formula="from midnight in the time zone of the centre, up to now",
            symbols="[midnight, now]",
            needs=_EVENTS,
            unit=Unit.COUNT,
            booked="every second",
            examples=(Example(3, "4 - 1", EDGES, where="queues.billing.windows.today.offered"),),
            sources=(of.TALKDESK_LEVEL, of.TWILIO),
            note="23, 24 or 25 hours where clocks change. It begins by the clock, not with the first event "
            "of the day.",
        ),
        Entry(
            name="totals",
            title="Totals",
            formula="everything since the first event, and nothing that depends on now",
            symbols="Σ",
            needs=_EVENTS,
            unit=Unit.COUNT,
            booked="at the event",
            examples=(Example(4, "1 + 1 + 2", EDGES, where="queues.billing.totals.offered"),),
            sources=(of.OURS_SETS,),
            note="For counters and comparisons. Service levels of totals count exits, those of windows what "
            "was decided: they differ by who straddles an edge, and by who waits.",
        ),
        Entry(
            name="null",
            title="No data",
            formula="a ratio or mean with nothing to divide by has no value: null in JSON, a dash on the "
            "wall, no sample at /metrics",
            symbols="0 / 0",
            needs=_EVENTS,
            unit=Unit.RATIO,
            booked="now",
            examples=(
                Example(
                    None, "0 / 0", LOST, at="10:00:10", where="queues.billing.windows.15m.service_level_ratio"
                ),
                Example(
                    0, "", LOST, at="10:00:10", where="queues.billing.windows.15m.answered", unit=Unit.COUNT
                ),
            ),
            sources=(of.ASTERISK,),
            note="One contact waits and nothing is decided: no service level, and 0 answered. Others print 0 "
            "% or 100 %, and page somebody, or nobody, for it.",
        ),
        Entry(
            name="all",
            title="All queues together",
            formula="counts of the queues added, each by its own definition, then divided",
            symbols="Σ met / Σ counted",
            needs=_EVENTS,
            unit=Unit.COUNT,
            booked="as the queues",
            examples=(Example(2, "1 + 1", TRANSFER, where="all.windows.15m.offered"),),
            sources=(of.TEAMS,),
            note="Of visits: a contact passed on is in it twice.",
        ),
        Entry(
            name="contacts",
            title="Contacts, each once",
            formula="each contact by its first visit: what became of that, against the default definition, "
            "at its exit",
            symbols="",
            needs=(*_EVENTS, "visit.answered", "visit.abandoned", "visit.left"),
            unit=Unit.COUNT,
            booked="entry and exit of the first visit",
            examples=(
                Example(1, "2 - 1", TRANSFER, where="all.contacts.15m.offered"),
                Example(
                    1.0, "1 / 1", TRANSFER, where="all.contacts.15m.service_level_ratio", unit=Unit.RATIO
                ),
                Example(0.5, "1 / 2", TRANSFER, where="all.windows.15m.service_level_ratio", unit=Unit.RATIO),
            ),
            sources=(of.TEAMS, of.AMAZON_SUMS),
            note="The customer waited 5 s, and 30 s again after the transfer. By contacts the promise was "
            "kept (second value), by visits in one queue of two (third). Both are true: say which.",
        ),
    ),
)
