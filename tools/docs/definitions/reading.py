"""How to read a value: windows, totals, no data, contacts and visits."""

from stream.domain.measures import sources as of
from stream.domain.measures.measure import Unit
from tools.docs.definitions.entry import Entry, Example, Group
from tools.docs.definitions.stories import EDGES, LOST, MORNING, TRANSFER

_NAMES = ("1m", "5m", "15m", "30m", "60m")
_EVENTS = ("visit.queued",)

READING = Group(
    "Windows, totals, contacts",
    "The place of a value on the board decides what it covers.",
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
            "begins at 10:05:00, so n4 (5:06 ago) is in it and n3 is not.",
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
            note="It has 23, 24 or 25 hours, depending on clock changes. It begins by the clock, not with "
            "the first event of the day.",
        ),
        Entry(
            name="interval_15m",
            title="Intervals by the clock",
            formula="the current quarter or half hour by the clock of the queue, up to now; with `_last` "
            "the whole previous one",
            symbols="[⌊now⌋₁₅, now], [⌊now⌋₁₅ - 15 min, ⌊now⌋₁₅)",
            needs=_EVENTS,
            unit=Unit.COUNT,
            booked="every second; with `_last`, whenever a late event comes",
            examples=(
                Example(0, "", EDGES, at="10:20:00", where="queues.billing.windows.interval_15m.offered"),
                Example(
                    2,
                    "1 + 1",
                    EDGES,
                    at="10:20:00",
                    where="queues.billing.windows.interval_15m_last.offered",
                ),
                Example(1, "2 - 1", EDGES, at="10:20:00", where="queues.billing.windows.15m.offered"),
            ),
            sources=(of.GENESYS_INTERVALS, of.OURS_CLOCK),
            note="At 10:20:00 the interval began at 10:15:00, the last one at 10:00:00, and the rolling "
            "window `15m` at 10:05:00. An hour that comes twice has each interval twice, and a clock jump "
            "cuts an interval. The last interval is shown from its end on; `completeness_ratio` says "
            "whether it was read completely.",
            also=("interval_15m_last", "interval_30m", "interval_30m_last"),
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
            note="Use them for counters and comparisons. Service levels of totals count exits, those of "
            "windows count decided visits, so they differ by visits across an edge and by waiting visits.",
        ),
        Entry(
            name="null",
            title="No data",
            formula="a ratio or mean with nothing to divide by has no value: null in JSON, a dash on the "
            "wallboard, no sample at /metrics",
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
            note="One contact waits and nothing is decided, so there is no service level, and 0 answered. "
            "Other systems show 0 % or 100 % and alert wrongly.",
        ),
        Entry(
            name="corrected",
            title="Corrections and retractions",
            formula="`event.corrected` replaces an earlier event, `event.retracted` removes it; every "
            "number is then as if that had been so from the start",
            symbols="",
            needs=("event.corrected", "event.retracted"),
            unit=Unit.RATIO,
            booked="when the event happened, not when it was corrected",
            examples=(
                Example(
                    0.5714,
                    "(3 + 1) / (3 + 1 + 1 + 2)",
                    MORNING,
                    more="10:09:58 c4 event.corrected id=c4-visit.answered-10:03:40 type=visit.answered "
                    "time=10:03:10",
                    where="queues.billing.windows.15m.service_level_ratio",
                ),
                Example(
                    2,
                    "3 - 1",
                    MORNING,
                    more="10:09:58 c12 event.retracted id=c12-visit.abandoned-10:07:10 type=visit.abandoned",
                    where="queues.billing.windows.15m.abandoned",
                    unit=Unit.COUNT,
                ),
            ),
            sources=(of.OURS_FACTS, of.OURS_SETS),
            note="c4 was answered at 10:03:40, after 40 s, which is a miss. A correction to 10:03:10 "
            "changes the past: 4 of 7 met, not 3. The abandon of c12 is retracted, so c12 waits again, "
            "since 10:07:00. The latest correction of an event counts, in any order of arrival. Source and "
            "id identify an event; ids of these stories are subject, type and time. Heartbeats are an "
            "exception: they cannot be corrected or retracted.",
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
            note="It counts visits: a transferred contact counts twice.",
        ),
        Entry(
            name="contacts",
            title="Contacts, each once",
            formula="each contact by the outcome of its first visit, against the default definition, at its "
            "exit",
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
            note="The customer waited 5 s, and 30 s after the transfer. By contacts the promise was kept "
            "(second value), by visits only in one of two queues (third). Both are true, so say which one "
            "you use.",
        ),
    ),
)
