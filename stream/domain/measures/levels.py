"""Service level and abandon rate."""

from stream.domain.measures import sources
from stream.domain.measures.basis import OF_A_VISIT, Basis
from stream.domain.measures.measure import Exposed, Measure, Place, Unit
from stream.domain.service_level import ratio

_MILLION = 1_000_000
_DECIDED = "when [decided](#attributions)"


def _abandoned_ratio(of: Basis) -> float | None:
    long = of.abandoned - of.out.short_abandoned
    return ratio(long, of.answered + long)


def _misses_left(of: Basis) -> int | None:
    met, counted = of.level
    goal = round(of.definition.goal_ratio * _MILLION)  # whole, for 7 / 0.7 is a little more than 10
    return met * _MILLION // goal - counted if counted else None


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
        metrics=(Exposed(Place.WINDOW, "contacts_counted", "Visits in the service level, met or missed."),),
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
        value=lambda of: of.level.of >= of.definition.min_contacts,
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
        name="misses_left",
        title="Misses left",
        unit=Unit.BALANCE,
        value=_misses_left,
        formula="how many visits could be missed next, one by one, before the service level falls "
        "below the goal; below zero it lies below the goal by so many",
        symbols="⌊met / goal⌋ - n",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.SRE_BUDGET,),
        note="3 of 7 are fewer than the 80 % promised: 3 met would do for 3 visits, and 7 count. Of the day "
        "of 1,050 (second value), 25 more may be missed. An error budget, "
        "of what has happened and not of a forecast: each "
        "visit that is met adds to it. No value where nothing counts. Of all queues together by the goal of "
        "the default.",
        brief="Visits that could be missed before it falls below the goal; below zero it is.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "misses_left",
                "Visits that could be missed before the service level is below its goal; below zero it is.",
            ),
        ),
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
