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
        formula="visits that met the target, over those that count, as the definition of the queue says; "
        "by default answered within the target, over all decided but short abandons and those who left "
        "otherwise in time",
        symbols="A(w ≤ T) / (A(w ≤ T) + X(S < w ≤ T) + all that waited longer than T)",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.CISCO_EVENT, sources.ICMI, sources.OURS_LEVEL),
        note="Met: c1, c5, c9. Missed: c12 gave up after 10 s, c3 and c4 waited 40 s, c10 has waited "
        "longer than the target and is a miss already. Out: c2 (short), c6 and c7 (left in time), c11 "
        "(undecided).",
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
        title="Visits that the service level is of",
        unit=Unit.COUNT,
        value=lambda of: of.level.of,
        formula="its denominator",
        symbols="n",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.OURS_LEVEL,),
        note="The only right weight when service levels of several queues are put together.",
        brief="How many visits the service level is of.",
        metrics=(
            Exposed(Place.WINDOW, "contacts_counted", "Visits that the service level is of, met or missed."),
        ),
    ),
    Measure(
        name="service_level_low_ratio",
        title="Lower bound of the service level",
        unit=Unit.RATIO,
        value=lambda of: of.interval[0],
        formula="lower end of its 95 % interval after Wilson",
        symbols="(p + z²/2n - z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.WILSON,),
        note="3 of 7 can come of a true service level anywhere between the bounds: do not page anybody "
        "on it.",
        brief="Lower bound of its 95 % Wilson interval.",
    ),
    Measure(
        name="service_level_high_ratio",
        title="Upper bound of the service level",
        unit=Unit.RATIO,
        value=lambda of: of.interval[1],
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
        formula="whether the service level is of at least `alert_min_contacts` visits",
        symbols="n ≥ minimum",
        needs=OF_A_VISIT,
        booked=_DECIDED,
        sources=(sources.OURS_LEVEL,),
        note="Below the minimum the ratio still stands there, and the queue is not judged by it: see "
        "[status](#status). The minimum is 20 unless the settings say otherwise.",
        brief="Whether they are at least `alert_min_contacts`.",
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
        formula="abandoned without short ones, over those and the answered",
        symbols="X(w > S) / (A + X(w > S))",
        needs=("visit.queued", "visit.answered", "visit.abandoned"),
        booked="at the exit",
        sources=(sources.TALKDESK_ABANDON, sources.AMAZON),
        note="Over exits of the window, not over the offered: a queue that closes while customers still "
        "hang up would pass 100 %. Others divide by the offered. Who left otherwise is in neither part.",
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
