"""How long things took, in a window."""

from tools.docs.definitions import sources as of
from tools.docs.definitions.entry import Entry, Example, Group, Unit
from tools.docs.definitions.stories import CALLBACK, MORNING

_HANDLING = ("visit.answered", "leg.held", "leg.resumed", "leg.ended", "leg.wrapped_up")
_ANSWERING = ("visit.queued", "visit.answered")
_LEG_END = "at the end of wrap-up"

TIMES = Group(
    "Waits and handle times",
    "Sums are kept and divided last; over queues the sums are added, never the means. Percentiles come from "
    "a histogram that adds as well.",
    "queues.billing.windows.15m",
    (
        Entry(
            name="asa_seconds",
            title="Average speed of answer",
            formula="waits of the answered, summed, over the answered",
            symbols="Σ w(A) / A",
            needs=_ANSWERING,
            unit=Unit.SECONDS,
            booked="at the answer",
            examples=(Example(19.0, "(4 + 40 + 12 + 20) / 4", MORNING),),
            sources=(of.AMAZON,),
            note="Who gave up or still waits is not in it: it looks best when the queue is at its worst. "
            "Read it beside the abandon rate and the longest wait.",
        ),
        Entry(
            name="wait_p50_seconds",
            title="Median wait of the answered",
            formula="the least wait that half of the answered did not exceed (nearest rank)",
            symbols="w(A) at rank ⌈0.50 A⌉",
            needs=_ANSWERING,
            unit=Unit.SECONDS,
            booked="at the answer",
            examples=(Example(12.0, "", MORNING, within=0.01),),
            sources=(of.OURS_BUCKETS,),
            note="Waits 4, 12, 20, 40: the 2nd of four. Within 1 % of the true wait, for it is read from "
            "buckets.",
        ),
        Entry(
            name="wait_p90_seconds",
            title="Wait that nine in ten did not exceed",
            formula="the same, of 90 %",
            symbols="w(A) at rank ⌈0.90 A⌉",
            needs=_ANSWERING,
            unit=Unit.SECONDS,
            booked="at the answer",
            examples=(Example(40.0, "", MORNING, within=0.01),),
            sources=(of.OURS_BUCKETS,),
            note="The 4th of four: of few it is simply the longest.",
        ),
        Entry(
            name="wait_p95_seconds",
            title="Wait that 19 in 20 did not exceed",
            formula="the same, of 95 %",
            symbols="w(A) at rank ⌈0.95 A⌉",
            needs=_ANSWERING,
            unit=Unit.SECONDS,
            booked="at the answer",
            examples=(Example(40.0, "", MORNING, within=0.01),),
            sources=(of.OURS_BUCKETS,),
        ),
        Entry(
            name="aht_seconds",
            title="Average handle time",
            formula="talk, hold and after-contact work of the handled, summed, over the handled",
            symbols="Σ (talk + hold + ACW) / H",
            needs=_HANDLING,
            unit=Unit.SECONDS,
            booked=_LEG_END,
            examples=(Example(200.0, "((150 + 30 + 30) + (120 + 20) + (240 + 10)) / 3", MORNING),),
            sources=(of.AMAZON,),
            note="A long call is in it only when it is wrapped up; c9 is not. A leg whose `leg.wrapped_up` "
            "never comes is never in it.",
        ),
        Entry(
            name="talk_seconds",
            title="Talk",
            formula="answer to end of the conversation without hold, of the handled, over the handled",
            symbols="Σ talk / H",
            needs=_HANDLING,
            unit=Unit.SECONDS,
            booked=_LEG_END,
            examples=(Example(170.0, "(150 + 120 + 240) / 3", MORNING),),
            sources=(of.AMAZON,),
        ),
        Entry(
            name="hold_seconds",
            title="Hold",
            formula="time parked by the agent, of the handled, over the handled, held or not",
            symbols="Σ hold / H",
            needs=_HANDLING,
            unit=Unit.SECONDS,
            booked=_LEG_END,
            examples=(Example(10.0, "(30 + 0 + 0) / 3", MORNING),),
            sources=(of.AMAZON,),
        ),
        Entry(
            name="acw_seconds",
            title="After-contact work",
            formula="end of the conversation to end of wrap-up, of the handled, over the handled",
            symbols="Σ ACW / H",
            needs=_HANDLING,
            unit=Unit.SECONDS,
            booked=_LEG_END,
            examples=(Example(20.0, "(30 + 20 + 10) / 3", MORNING),),
            sources=(of.AMAZON,),
            note="Talk, hold and after-contact work add up to AHT: 170 + 10 + 20 = 200.",
        ),
        Entry(
            name="promised_wait_seconds",
            title="Promised wait",
            formula="queue entry that led to the callback to the answered callback, summed, over those "
            "answered",
            symbols="Σ (answer of the callback - first queue entry) / callbacks answered",
            needs=("visit.queued", "visit.left", "visit.answered"),
            unit=Unit.SECONDS,
            booked="at the answer, with the queue of the callback",
            examples=(
                Example(
                    250.0,
                    "4 * 60 + 10",
                    CALLBACK,
                    where="queues.callbacks.windows.15m.promised_wait_seconds",
                ),
                Example(
                    70.0,
                    "(4 * 60 + 10) - 3 * 60",
                    CALLBACK,
                    where="queues.callbacks.windows.15m.asa_seconds",
                ),
            ),
            sources=(of.AMAZON_CALLBACK, of.OURS_LEVEL),
            note="What the customer lived through. The ASA of the callback (second value) begins when it is "
            "due, for a queue is not to blame for an appointment.",
        ),
    ),
)
