"""Service level and abandon rate."""

from stream.domain.measures import sources
from stream.domain.measures.basis import OF_A_VISIT, Basis
from stream.domain.measures.measure import Exposed, Measure, Place, Unit
from stream.domain.service_level import ratio

_DECIDED = "when [decided](#attributions)"


def _abandoned_ratio(of: Basis) -> float | None:
    long = of.abandoned - of.out.short_abandoned
    return ratio(long, of.answered + long)


LEVELS: tuple[Measure[Basis], ...] = (
    Measure(
        name="service_level_ratio",
        title="Service level",
        unit=Unit.RATIO,
        value=lambda of: of.level.ratio,
        where=frozenset({Place.WINDOW, Place.CONTACTS}),
        formula="visits that met the target, over visits that count, by the definition of the queue; by "
        "default answered within the target, over all decided visits except short abandons and visits that "
        "left otherwise in time",
        symbols="A(w ≤ T) / (A(w ≤ T) + X(S < w ≤ T) + all that waited longer than T)",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.CISCO_EVENT, sources.ICMI, sources.OURS_LEVEL),
        note="Met: c1, c5, c9. Missed: c12 abandoned after 10 s, c3 and c4 waited 40 s, and c10 still waits "
        "but has passed the target. Left out: c2 (short), c6 and c7 (left in time), c11 (undecided).",
        brief="By the definition of the queue.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "service_level_ratio",
                "Service level by the definition of the queue; absent without outcomes.",
            ),
        ),
    ),
    Measure(
        name="service_level_counted",
        title="Visits in the service level",
        unit=Unit.COUNT,
        value=lambda of: of.level.of,
        formula="its denominator",
        symbols="n",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.OURS_LEVEL,),
        note="Use it as the weight when combining the service levels of several queues.",
        brief="The number of visits in the service level.",
    ),
    Measure(
        name="service_level_low_ratio",
        title="Lower bound of the service level",
        unit=Unit.RATIO,
        value=lambda of: of.bounds[0],
        formula="lower end of its 95 % confidence interval (Wilson)",
        symbols="(p + z²/2n - z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.WILSON,),
        note="3 of 7 fits a true service level anywhere between the bounds, so it should page nobody.",
        brief="Lower bound of its 95 % Wilson interval.",
    ),
    Measure(
        name="service_level_high_ratio",
        title="Upper bound of the service level",
        unit=Unit.RATIO,
        value=lambda of: of.bounds[1],
        formula="upper end of the same interval",
        symbols="(p + z²/2n + z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.WILSON,),
        brief="Upper bound.",
    ),
    Measure(
        name="enough",
        title="Enough contacts",
        unit=Unit.YES_NO,
        value=lambda of: of.level.of >= of.min_contacts,
        formula="whether the service level has at least `alert_min_contacts` visits",
        symbols="n ≥ minimum",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.OURS_LEVEL,),
        note="Below the minimum the ratio is shown but not judged: see [status](#status). The minimum is 20 "
        "by default.",
        brief="Whether there are at least `alert_min_contacts` visits.",
    ),
    Measure(
        name="abandoned_ratio",
        title="Abandon rate",
        unit=Unit.RATIO,
        value=_abandoned_ratio,
        formula="abandoned without short abandons, over the same and answered",
        symbols="X(w > S) / (A + X(w > S))",
        needs=("visit.queued", "visit.answered", "visit.abandoned"),
        booked="at the exit",
        sources=(sources.TALKDESK_ABANDON, sources.AMAZON),
        note="It divides by exits in the window. Other systems divide by offered, which exceeds 100 % when "
        "customers still hang up after a queue closes. Visits that left otherwise are in neither part.",
        brief="Abandoned over abandoned and answered, without short ones.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "abandoned_ratio",
                "Abandoned over abandoned and answered, short ones left out; absent without outcomes.",
            ),
        ),
    ),
)
