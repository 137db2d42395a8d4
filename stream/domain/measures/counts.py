"""Counts of a window."""

from stream.domain import fields
from stream.domain.measures import sources
from stream.domain.measures.basis import EVERYWHERE, OF_A_VISIT, WINDOWS_AND_TOTALS, Basis, count, labelled
from stream.domain.measures.measure import Exposed, Measure, Place, Unit

COUNTS: tuple[Measure[Basis], ...] = (
    Measure(
        name="offered",
        title="Offered",
        unit=Unit.COUNT,
        value=count(fields.OFFERED),
        where=EVERYWHERE,
        formula="visits that entered the queue, including short abandons",
        symbols="N",
        needs=("visit.queued",),
        booked="queue entry",
        sources=(sources.GENESYS_METRICS,),
        note="A visit offered in one window may be answered in the next, so offered and answered are not the "
        "same visits and no ratio divides by it. c8 was blocked and never offered.",
        brief="Visits that entered the queue.",
        metrics=(
            Exposed(Place.TOTALS, "contacts_offered", "Visits that entered the queue."),
            Exposed(Place.WINDOW, "contacts_offered", "Visits that entered the queue."),
        ),
    ),
    Measure(
        name="answered",
        title="Answered",
        unit=Unit.COUNT,
        value=lambda of: of.answered,
        where=EVERYWHERE,
        formula="visits that reached an agent",
        symbols="A",
        needs=("visit.queued", "visit.answered"),
        booked="answer",
        sources=(sources.GENESYS_METRICS,),
        metrics=(
            Exposed(Place.TOTALS, "contacts_answered", "Visits answered by an agent."),
            Exposed(Place.WINDOW, "contacts_answered", "Visits answered."),
        ),
    ),
    Measure(
        name="answered_in_target",
        title="Answered within the target",
        unit=Unit.COUNT,
        value=lambda of: of.out.answered_in,
        where=WINDOWS_AND_TOTALS,
        formula="answered after a wait of at most the target",
        symbols="A(w ≤ T)",
        needs=("visit.queued", "visit.answered"),
        booked="answer",
        sources=(sources.CISCO_UCCX,),
        note="c9 waited 20.000 s and is in time. Each visit keeps the target in force when it began to "
        "wait, so a new target changes nothing.",
        brief="Answered after a wait of at most the target under which it began.",
        metrics=(
            Exposed(
                Place.TOTALS, "contacts_answered_within_threshold", "Visits answered within their target."
            ),
            Exposed(
                Place.WINDOW, "contacts_answered_within_threshold", "Visits answered within their target."
            ),
        ),
    ),
    Measure(
        name="abandoned",
        title="Abandoned",
        unit=Unit.COUNT,
        value=lambda of: of.abandoned,
        where=EVERYWHERE,
        formula="visits that the customer ended unanswered, including short ones",
        symbols="X",
        needs=("visit.queued", "visit.abandoned"),
        booked="exit",
        sources=(sources.AMAZON, sources.OURS_FACTS),
        note="A visit that still waits at `contact.ended` is abandoned at that instant, in every queue; a "
        "scheduled callback stays scheduled. If the source reports the real exit later, that replaces it. A "
        "promised callback is no abandon.",
        brief="Short ones included.",
        metrics=(
            Exposed(
                Place.TOTALS, "contacts_abandoned", "Visits abandoned while waiting, short ones included."
            ),
            Exposed(Place.WINDOW, "contacts_abandoned", "Visits abandoned, short ones included."),
        ),
    ),
    Measure(
        name="short_abandoned",
        title="Short abandons",
        unit=Unit.COUNT,
        value=lambda of: of.out.short_abandoned,
        where=WINDOWS_AND_TOTALS,
        formula="abandoned after a wait of at most the short-abandon limit",
        symbols="X(w ≤ S)",
        needs=("visit.queued", "visit.abandoned"),
        booked="exit",
        sources=(sources.GENESYS_LEVEL, sources.TALKDESK_ABANDON),
        brief="Abandoned within the short-abandon limit of then.",
        metrics=(
            Exposed(
                Place.TOTALS, "contacts_abandoned_short", "Visits abandoned within their short-abandon limit."
            ),
        ),
    ),
    Measure(
        name="left",
        title="Left otherwise",
        unit=Unit.COUNT,
        value=labelled(fields.LEFT),
        where=EVERYWHERE,
        formula="visits that ended neither answered nor abandoned: overflow, timeout, transfer, "
        "voicemail, callback, closed, error",
        symbols="F + K + errors",
        needs=("visit.queued", "visit.left"),
        booked="exit",
        sources=(sources.GENESYS_OFFERED,),
        brief="Left the queue neither answered nor abandoned.",
    ),
    Measure(
        name="handled",
        title="Handled",
        unit=Unit.COUNT,
        value=count(fields.HANDLED),
        where=WINDOWS_AND_TOTALS,
        formula="legs wrapped up",
        symbols="H",
        needs=("visit.answered", "leg.ended", "leg.wrapped_up"),
        booked="end of wrap-up",
        sources=(sources.AMAZON,),
        note="c9 was answered and is still talking, so it is not handled yet.",
        brief="Legs wrapped up.",
    ),
    Measure(
        name="blocked",
        title="Blocked",
        unit=Unit.COUNT,
        value=labelled(fields.BLOCKED),
        where=WINDOWS_AND_TOTALS,
        formula="contacts turned away before the queue: full, closed or no agents",
        symbols="B",
        needs=("visit.blocked",),
        booked="refusal",
        sources=(sources.WAZO,),
        note="Demand is offered + blocked. Without blocked contacts a full queue looks like a quiet one.",
        brief="Turned away before the queue: demand that was never offered.",
    ),
    Measure(
        name="transferred",
        title="Transferred",
        unit=Unit.COUNT,
        value=labelled(fields.TRANSFERRED),
        where=WINDOWS_AND_TOTALS,
        formula="legs that ended with a transfer, warm or blind",
        symbols="R",
        needs=("visit.answered", "leg.ended"),
        booked="end of the leg",
        sources=(sources.AMAZON_SUMS,),
        note="A transfer to a queue makes a new visit, which that queue is offered.",
        brief="Legs that ended by a transfer.",
    ),
    Measure(
        name="callbacks",
        title="Callbacks promised",
        unit=Unit.COUNT,
        value=lambda of: of.reading.left.get("callback", 0),
        where=WINDOWS_AND_TOTALS,
        formula="visits that left with a promised callback",
        symbols="K",
        needs=("visit.queued", "visit.left"),
        booked="exit",
        sources=(sources.AMAZON_CALLBACK,),
        note="They also count in `left`. The call back is a separate visit in the channel `callback`.",
        brief="Left the queue with a promised callback.",
    ),
    Measure(
        name="attempts",
        title="Attempts to call back",
        unit=Unit.COUNT,
        value=labelled(fields.ATTEMPTS),
        where=WINDOWS_AND_TOTALS,
        formula="calls to customers of callbacks, reached or not",
        needs=("visit.queued", "callback.attempted"),
        booked="attempt",
        sources=(sources.AMAZON_CALLBACK,),
        brief="Attempts to reach customers of callbacks.",
    ),
    Measure(
        name="late_corrections",
        title="Late corrections",
        unit=Unit.COUNT,
        value=lambda of: of.corrections,
        formula="facts that came more than 60 s after later facts of their partition and changed this window",
        needs=OF_A_VISIT,
        booked="when it happened, not when it came",
        sources=(sources.OURS_SETS, sources.OURS_LATE),
        note="A number may differ from what it was a minute ago, and the later value is right. In the "
        "example c13 arrives last but happened in the middle, so it counts there.",
        brief="Facts that came more than a minute after others of their partition.",
    ),
)
