"""Measures of agents in a window: sums over agents, divided last.

Three measures answer three questions: how busy agents were (occupancy), how full their capacity was (slot
occupancy), and how many contacts they had at once while talking (concurrency).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from stream.domain import fields
from stream.domain.agent.state import CAPACITY, UNKNOWN, WITH_REASON
from stream.domain.measures import sources
from stream.domain.measures.measure import Exposed, Measure, Place, Unit
from stream.domain.service_level import ratio

BUSY = ("talking", "hold", "wrapup")
STAFFED = ("available", "ringing", "talking", "hold", "wrapup", "busy_other")
LOGGED_IN = (*STAFFED, "not_ready")
#: The beginning of the names of capacity integrals by channel.
SLOTS = f"{CAPACITY}."
OTHER, UNSPECIFIED = "other", "unspecified"
MOST_REASONS = 32
_TALKING = ("talking", "hold")
_STATES = ("agent.state",)
_LEGS = ("agent.state", "visit.answered", "leg.ended")
_PLANS = ("agent.state", "schedule.published")
_OFFERS = ("offer.made", "offer.declined", "visit.answered", "visit.abandoned")
_PASSING = "as time passes"

#: Milliseconds by the name of an integral, and counts of offers, of one team in one window.
Spent = Mapping[str, int]


class Work:
    """The inputs of the measures of agents: `spent`, of one team or summed over several."""

    __slots__ = ("_reasons", "busy", "legs", "spent", "talking")

    def __init__(self, spent: Spent, productive_reasons: Iterable[str]) -> None:
        self.spent, self._reasons = spent, set(productive_reasons)
        self.busy, self.talking = self.total(BUSY), self.total(_TALKING)
        legs = sum([ms for name, ms in spent.items() if name.startswith(fields.LEG)])
        self.legs = legs if legs or not self.talking else None  # legs without a team are in no sum

    def total(self, names: Iterable[str]) -> int:
        """The sum of several integrals."""
        return sum([self.spent.get(name, 0) for name in names])

    def productive(self) -> int:
        """The time with a productive reason."""
        return self.total(f"{state}.{reason}" for state in WITH_REASON for reason in self._reasons)

    def in_legs(self, whole: int) -> float | None:
        """The time of legs over `whole`; None if legs are unknown."""
        return None if self.legs is None else ratio(self.legs, whole)


def _count(field: str) -> Callable[[Work], int]:
    return lambda of: of.spent.get(field, 0)


def _share(part: str, whole: str) -> Callable[[Work], float | None]:
    return lambda of: ratio(of.spent.get(part, 0), of.spent.get(whole, 0))


def _answer_rate(of: Work) -> float | None:
    spent = of.spent
    answerable = spent.get(fields.MADE, 0) - spent.get(fields.IN_VAIN, 0) - spent.get(fields.LOST, 0)
    return ratio(spent.get(fields.TAKEN, 0), answerable)


def _by_channel(of: Work) -> dict[str, float | None]:
    """The share of each channel's slots that legs took; None if legs are unknown."""
    spent = of.spent
    slots = {name.removeprefix(SLOTS): ms for name, ms in spent.items() if name.startswith(SLOTS) and ms > 0}
    known = of.legs is not None
    return {
        channel: ratio(spent.get(f"{fields.LEG}{channel}", 0), slots[channel]) if known else None
        for channel in sorted(slots)
    }


def _by_reason(of: Work) -> dict[str, float]:
    """Time not ready by reason, the longest first; reasons beyond the limit are `other`."""
    spent, prefix = of.spent, "not_ready."
    by_reason = {
        name.removeprefix(prefix): ms for name, ms in spent.items() if name.startswith(prefix) and ms > 0
    }
    without_reason = spent.get("not_ready", 0) - sum(by_reason.values())
    ordered = sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
    found: Counter[str] = Counter(dict(ordered[:MOST_REASONS]))
    for _, ms in ordered[MOST_REASONS:]:
        found[OTHER] += ms
    if without_reason > 0:
        found[UNSPECIFIED] += without_reason
    return {reason: ms / 1000 for reason, ms in found.items()}


STAFF: tuple[Measure[Work], ...] = (
    Measure(
        name="occupancy_ratio",
        title="Occupancy",
        unit=Unit.RATIO,
        value=lambda of: ratio(of.busy, of.busy + of.spent.get("available", 0)),
        formula="time talking, on hold and in after-contact work, over that and time available, summed "
        "over agents",
        symbols="Σ busy / Σ (busy + available)",
        needs=_STATES,
        booked=_PASSING,
        sources=(sources.COPC, sources.AMAZON, sources.OURS_TIME),
        note="It is not the mean of the agents' ratios, which is 70 % in the first example, nor the mean of "
        "two teams (second). It says how busy agents were: an agent with one chat of three is busy. "
        "Ringing, other work, not ready, logged out and unknown are in neither part.",
        brief="Talking, hold and wrapup over those and available.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "occupancy_ratio",
                "Talk, hold and ACW over those and available time, over all agents of the team.",
            ),
        ),
    ),
    Measure(
        name="occupancy_slot_ratio",
        title="Occupancy of slots",
        unit=Unit.MULTIPLE,
        value=lambda of: of.in_legs(of.spent.get(CAPACITY, 0)),
        formula="time of legs in talk or hold, over the contacts that agents could have had at once "
        "while available, ringing, talking, on hold or in after-contact work",
        symbols="Σ legs / Σ (capacity · serving)",
        needs=_LEGS,
        booked=_PASSING,
        sources=(sources.AMAZON, sources.CONCURRENCY),
        note="It says how full the capacity was. It exceeds 1 if agents took more than their capacity. "
        "There is no value if agents talked but no answer named their team.",
        brief="Time of legs in talk or hold over the capacity of agents who served or could.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "occupancy_slot_ratio",
                "Time of legs in talk or hold over the capacity of agents who served or could.",
            ),
        ),
    ),
    Measure(
        name="occupancy_slot_by_channel",
        title="Occupancy of slots, by channel",
        unit=Unit.MULTIPLE,
        value=_by_channel,
        formula="time of legs in talk or hold in a channel, over the contacts that agents with a "
        "capacity by channel could have had at once in it, while they served or could",
        symbols="Σ legs in c / Σ (slots in c · serving)",
        needs=_LEGS,
        booked=_PASSING,
        sources=(sources.AMAZON,),
        note="A call uses all of gia's capacity, a chat a third: voice filled her for 4 minutes, and chat a "
        "fifth on average. Together that is the sum, 0.6, while the slots stay the same. Capacity may "
        "change with any state (third value). Slot occupancy (fourth) knows only the largest number, so a "
        "call counts as a third. Channels without slots are left out.",
        brief="The same in each channel for which agents have a capacity; else empty.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "media_occupancy_slot_ratio",
                "Time of legs of a medium over the slots that agents have for it; absent without slots.",
                by="media",
            ),
        ),
    ),
    Measure(
        name="concurrency_ratio",
        title="Concurrency",
        unit=Unit.MULTIPLE,
        value=lambda of: of.in_legs(of.talking),
        formula="time of legs in talk or hold, over the time in which agents talked or held",
        symbols="Σ legs / Σ (talking + hold)",
        needs=_LEGS,
        booked=_PASSING,
        sources=(sources.CONCURRENCY,),
        note="The number of contacts an agent had at once while there was any: here one and a half. AHT "
        "divided by it is the agent time per contact.",
        brief="Legs in talk or hold at once, per agent talking or holding.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "concurrency_ratio",
                "Legs in talk or hold at once, per agent talking or holding.",
            ),
        ),
    ),
    Measure(
        name="utilisation_ratio",
        title="Utilisation",
        unit=Unit.RATIO,
        value=lambda of: ratio(of.busy + of.productive(), of.total(LOGGED_IN)),
        formula="time talking, on hold, in after-contact work, and not ready or otherwise busy for a "
        "productive reason, over all time logged in",
        symbols="Σ (busy + productive) / Σ logged in",
        needs=_STATES,
        booked=_PASSING,
        sources=(sources.COPC,),
        note="Others use the word for occupancy or capacity. The productive reasons are a setting, by "
        "default `training`. Unknown time is in neither part.",
        brief="Talking, hold, wrapup and productive reasons over time logged in.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "utilisation_ratio",
                "Talk, hold, ACW and productive reasons over the time logged in.",
            ),
        ),
    ),
    Measure(
        name="adherence_ratio",
        title="Adherence",
        unit=Unit.RATIO,
        value=_share("adherent", "scheduled"),
        formula="scheduled time in a state that the schedule asks for, over all scheduled time; after "
        "each edge of the schedule every state is right for the grace, 60 s by default",
        symbols="Σ adherent / Σ scheduled",
        needs=_PLANS,
        booked=_PASSING,
        sources=(sources.AMAZON,),
        note="When work is planned, every state except not ready and logged out matches; otherwise these "
        "two match. From 10:06:00 to 10:08:00 work was planned but dea was in training and on a break: the "
        "2 missing minutes. Productive reasons count for utilisation, not here. A schedule published later "
        "also applies to the past. Unknown time is in neither part.",
        brief="In a state that the schedule asks for, over all that is scheduled.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "adherence_ratio",
                "Time in a state that the schedule asks for over all that is scheduled.",
            ),
        ),
    ),
    Measure(
        name="conformance_ratio",
        title="Conformance",
        unit=Unit.MULTIPLE,
        value=_share("produced", "scheduled_productive"),
        formula="time in productive states, over the time that was scheduled for work; both only where a "
        "schedule was published",
        symbols="Σ produced / Σ scheduled for work",
        needs=_PLANS,
        booked=_PASSING,
        sources=(sources.GENESYS_CONFORMANCE,),
        note="It says how much, not when; it exceeds 1 for more work than planned. An agent who works "
        "through a break and rests an hour later conforms but does not adhere.",
        brief="Productive over scheduled as productive; above 1 for who worked more.",
    ),
    Measure(
        name="offers_made",
        title="Offers made",
        unit=Unit.COUNT,
        value=_count(fields.MADE),
        formula="offers of contacts to agents of the team",
        needs=_OFFERS,
        booked="when it happens",
        sources=(sources.OURS_FACTS,),
        brief="Offers of contacts to agents of the team.",
    ),
    Measure(
        name="offers_answered",
        title="Offers answered",
        unit=Unit.COUNT,
        value=_count(fields.TAKEN),
        formula="answers by agents of the team to contacts that were offered",
        needs=_OFFERS,
        booked="when it happens",
        sources=(sources.OURS_FACTS,),
    ),
    Measure(
        name="offers_declined",
        title="Offers declined",
        unit=Unit.COUNT,
        value=_count(fields.DECLINED),
        formula="offers that an agent refused or let ring out",
        needs=_OFFERS,
        booked="when it happens",
        sources=(sources.OURS_FACTS,),
        brief="Not taken: rung out or refused.",
    ),
    Measure(
        name="offers_abandoned",
        title="Abandoned while ringing",
        unit=Unit.COUNT,
        value=_count(fields.IN_VAIN),
        formula="abandons during an offer: nobody's miss",
        needs=_OFFERS,
        booked="when it happens",
        sources=(sources.OURS_FACTS,),
        brief="The customer abandoned while it rang.",
    ),
    Measure(
        name="offers_lost",
        title="Taken by another agent",
        unit=Unit.COUNT,
        value=_count(fields.LOST),
        formula="offers that still rang when another agent answered: nobody's miss, and no decline even "
        "if one follows",
        needs=_OFFERS,
        booked="when the other agent answers",
        sources=(sources.OURS_FACTS,),
        brief="Another agent answered while it rang.",
    ),
    Measure(
        name="offers_answered_ratio",
        title="Answer rate of agents",
        unit=Unit.MULTIPLE,
        value=_answer_rate,
        formula="offers answered, over offers made without those that the customer abandoned or another "
        "agent took",
        symbols="answered / (made - abandoned - lost)",
        needs=_OFFERS,
        booked="when it happens",
        sources=(sources.OURS_FACTS,),
        note="If the settings ask for it, /api/v1/agents ranks agents by the lower 95 % bound of this "
        "ratio, from a minimum of offers on.",
        brief="Answered over made, without those abandoned or lost to another agent.",
    ),
    Measure(
        name="state_seconds",
        title="Time by state",
        unit=Unit.SECONDS,
        value=lambda of: {state: of.spent.get(state, 0) / 1000 for state in (*LOGGED_IN, UNKNOWN)},
        formula="agent seconds in each state; time logged out is not measured",
        symbols="Σ seconds",
        needs=("agent.state", "agent.heartbeat"),
        booked=_PASSING,
        sources=(sources.AMAZON, sources.OURS_TIME, sources.OURS_SILENT),
        note="`unknown` is the time since a desktop fell silent (second value), for agents who are unknown "
        "now. If an agent comes back, that time counts for the state again.",
    ),
    Measure(
        name="not_ready",
        title="Time not ready, by reason",
        unit=Unit.SECONDS,
        value=_by_reason,
        formula="agent seconds not ready for each reason, the longest first; at most 32 of them, then "
        "`other`, and `unspecified` for time without a reason",
        symbols="Σ seconds",
        needs=_STATES,
        booked=_PASSING,
        sources=(sources.AMAZON,),
        note="They add up to `not_ready` in the time by state.",
        brief="By reason, the longest first, at most 32; then `other`, and `unspecified` for none.",
    ),
)
