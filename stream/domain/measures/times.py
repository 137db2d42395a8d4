"""Durations in a window."""

from stream.domain import fields
from stream.domain.measures import sources
from stream.domain.measures.basis import WINDOWS_AND_TOTALS, Basis, handle_ms, mean, waited
from stream.domain.measures.measure import Exposed, Measure, Place, Unit
from stream.domain.service_level import ratio

_HANDLING = ("visit.answered", "leg.held", "leg.resumed", "leg.ended", "leg.wrapped_up")
_ANSWERING = ("visit.queued", "visit.answered")
_LEG_END = "at the end of wrap-up"

TIMES: tuple[Measure[Basis], ...] = (
    Measure(
        name="asa_seconds",
        title="Average speed of answer",
        unit=Unit.SECONDS,
        value=lambda of: ratio(of.plain.get(fields.ANSWER_WAIT, 0), of.answered * 1000),
        where=WINDOWS_AND_TOTALS,
        formula="waits of the answered, summed, over the answered",
        symbols="Σ w(A) / A",
        needs=_ANSWERING,
        booked="at the answer",
        sources=(sources.AMAZON,),
        note="Abandoned and waiting visits are not in it, so it may look good when the queue is bad. Read "
        "it beside the abandon rate and the longest wait.",
        brief="Mean wait of the answered.",
        metrics=(Exposed(Place.WINDOW, "answer_wait_mean_seconds", "ASA; absent when nobody was answered."),),
    ),
    Measure(
        name="wait_p50_seconds",
        title="Median wait of the answered",
        unit=Unit.SECONDS,
        value=waited(50),
        formula="the least wait that half of the answered did not exceed (nearest rank)",
        symbols="w(A) at rank ⌈0.50 A⌉",
        needs=_ANSWERING,
        booked="at the answer",
        sources=(sources.OURS_BUCKETS,),
        note="Of the waits 4, 12, 20 and 40, the 2nd. It is within 1 % of the true wait, because it comes "
        "from buckets.",
        brief="Of the answered, by nearest rank, within 1 %.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "answer_wait_seconds",
                "Nearest-rank quantiles of the wait of the answered, within 1 %.",
                "0.5",
            ),
        ),
    ),
    Measure(
        name="wait_p90_seconds",
        title="90th percentile of the wait",
        unit=Unit.SECONDS,
        value=waited(90),
        formula="the least wait that 90 % of the answered did not exceed",
        symbols="w(A) at rank ⌈0.90 A⌉",
        needs=_ANSWERING,
        booked="at the answer",
        sources=(sources.OURS_BUCKETS,),
        note="The 4th of four: with few visits it is the longest.",
        metrics=(Exposed(Place.WINDOW, "answer_wait_seconds", quantile="0.9"),),
    ),
    Measure(
        name="wait_p95_seconds",
        title="95th percentile of the wait",
        unit=Unit.SECONDS,
        value=waited(95),
        formula="the least wait that 95 % of the answered did not exceed",
        symbols="w(A) at rank ⌈0.95 A⌉",
        needs=_ANSWERING,
        booked="at the answer",
        sources=(sources.OURS_BUCKETS,),
        metrics=(Exposed(Place.WINDOW, "answer_wait_seconds", quantile="0.95"),),
    ),
    Measure(
        name="aht_seconds",
        title="Average handle time",
        unit=Unit.SECONDS,
        value=lambda of: ratio(handle_ms(of.plain), of.plain.get(fields.HANDLED, 0) * 1000),
        where=WINDOWS_AND_TOTALS,
        formula="talk, hold and after-contact work of the handled, summed, over the handled",
        symbols="Σ (talk + hold + ACW) / H",
        needs=_HANDLING,
        booked=_LEG_END,
        sources=(sources.AMAZON,),
        note="A call counts once it is wrapped up; c9 is not yet. A leg whose `leg.wrapped_up` never comes "
        "never counts.",
        brief="Mean of talk + hold + after-contact work.",
        metrics=(Exposed(Place.WINDOW, "handle_mean_seconds", "AHT; absent when no leg was wrapped up."),),
    ),
    Measure(
        name="talk_seconds",
        title="Talk",
        unit=Unit.SECONDS,
        value=mean(fields.TALK, fields.HANDLED),
        formula="answer to end of the conversation without hold, of the handled, over the handled",
        symbols="Σ talk / H",
        needs=_HANDLING,
        booked=_LEG_END,
        sources=(sources.AMAZON,),
        brief="Mean talk of handled legs.",
    ),
    Measure(
        name="hold_seconds",
        title="Hold",
        unit=Unit.SECONDS,
        value=mean(fields.HOLD, fields.HANDLED),
        formula="time parked by the agent, of the handled, over the handled, held or not",
        symbols="Σ hold / H",
        needs=_HANDLING,
        booked=_LEG_END,
        sources=(sources.AMAZON,),
        brief="Mean hold of handled legs.",
    ),
    Measure(
        name="acw_seconds",
        title="After-contact work",
        unit=Unit.SECONDS,
        value=mean(fields.ACW, fields.HANDLED),
        formula="end of the conversation to end of wrap-up, of the handled, over the handled",
        symbols="Σ ACW / H",
        needs=_HANDLING,
        booked=_LEG_END,
        sources=(sources.AMAZON,),
        note="Talk, hold and after-contact work add up to AHT: 170 + 10 + 20 = 200.",
        brief="Mean after-contact work of handled legs.",
    ),
    Measure(
        name="promised_wait_seconds",
        title="Promised wait",
        unit=Unit.SECONDS,
        value=mean(fields.PROMISED_WAIT, fields.PROMISED),
        where=WINDOWS_AND_TOTALS,
        formula="queue entry that led to the callback to the answered callback, summed, over those answered",
        symbols="Σ (answer of the callback - first queue entry) / callbacks answered",
        needs=("visit.queued", "visit.left", "visit.answered"),
        booked="at the answer, with the queue of the callback",
        sources=(sources.AMAZON_CALLBACK, sources.OURS_LEVEL),
        note="What the customer lived through. The ASA of the callback (second value) begins when it is "
        "due, for a queue is not to blame for an appointment.",
        brief="First queue entry to answered callback, mean.",
    ),
)
