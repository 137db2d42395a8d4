"""What agents did in a window, and are doing now."""

from stream.domain.measures import sources as of
from stream.domain.measures.measure import Unit
from tools.docs.definitions.entry import Entry, Example, Group
from tools.docs.definitions.stories import MORNING, SHIFT, SILENT, SLOTS, TEAM

_STATES = ("agent.state",)
_LEGS = ("agent.state", "visit.answered", "leg.ended")
_PLANS = ("agent.state", "schedule.published")
_OFFERS = ("offer.made", "offer.declined", "visit.answered", "visit.abandoned")
_RUNG = """
10:05:00 z1 visit.queued queue=webchat channel=chat
10:05:10 z1 offer.made agent=dea team=chats
10:05:30 z1 offer.declined agent=dea team=chats
10:05:31 z1 offer.made agent=eve team=chats
10:05:40 z1 visit.answered agent=eve team=chats
10:06:00 z2 visit.queued queue=webchat channel=chat
10:06:10 z2 offer.made agent=dea team=chats
10:06:20 z2 visit.abandoned
"""
_PASSING = "as time passes"
_TEAM = "agents.invoices.windows.15m"
_DESK = "agents.desk.windows.15m"
_CHATS = "agents.chats.windows.15m"
_SILENT_TIME = f"{_TEAM}.state_seconds"

TEAMS = Group(
    "Teams, sites, all agents",
    "Time is measured by the clock, not by finished calls: a state is cut at the edges of the window, and "
    "the one that lasts is counted up to now. Sums over agents are divided last. Each value stands for every "
    "team under `agents`, for every site under `sites`, and for all agents, each once, under `staff`.",
    "agents.invoices",
    (
        Entry(
            name="occupancy_ratio",
            title="Occupancy",
            formula="time talking, on hold and in after-contact work, over that and time available, summed "
            "over agents",
            symbols="Σ busy / Σ (busy + available)",
            needs=_STATES,
            unit=Unit.RATIO,
            booked=_PASSING,
            examples=(
                Example(0.6667, "(6 + 4) / (6 + 4 + 4 + 1)", TEAM, where=f"{_TEAM}.occupancy_ratio"),
                Example(
                    0.625,
                    "(6 + 4) / (6 + 4 + 4 + 1 + 1)",
                    TEAM,
                    more="10:09:00 fay agent.state state=available team=orders",
                    where="staff.windows.15m.occupancy_ratio",
                ),
            ),
            sources=(of.COPC, of.AMAZON, of.OURS_TIME),
            note="Not the mean of the agents' shares, which is 70 % in the first example; of two teams "
            "(second) it is not the mean of theirs. How busy people were: who has one chat of three is busy. "
            "Ringing, other work, not ready, logged out and unknown are in neither part.",
        ),
        Entry(
            name="occupancy_slot_ratio",
            title="Occupancy of slots",
            formula="time of legs in talk or hold, over the contacts that agents could have had at once "
            "while available, ringing, talking, on hold or in after-contact work",
            symbols="Σ legs / Σ (capacity · serving)",
            needs=_LEGS,
            unit=Unit.MULTIPLE,
            booked=_PASSING,
            examples=(Example(0.5, "(4 + 2) / (2 * 6)", SHIFT, where=f"{_CHATS}.occupancy_slot_ratio"),),
            sources=(of.AMAZON, of.CONCURRENCY),
            note="How full the places were that agents offered. Above 1 where they took more than their "
            "capacity. No value where they talked and no answer named their team.",
        ),
        Entry(
            name="occupancy_slot_by_channel",
            title="Occupancy of slots, by channel",
            formula="time of legs in talk or hold in a channel, over the contacts that agents who tell "
            "their capacity by channel could have had at once in it, while they served or could",
            symbols="Σ legs in c / Σ (slots in c · serving)",
            needs=_LEGS,
            unit=Unit.MULTIPLE,
            booked=_PASSING,
            examples=(
                Example(0.2, "(4 + 2) / (3 * 10)", SLOTS, where=f"{_DESK}.occupancy_slot_by_channel.chat"),
                Example(0.4, "4 / (1 * 10)", SLOTS, where=f"{_DESK}.occupancy_slot_by_channel.voice"),
                Example(
                    0.2308,
                    "(4 + 2) / (3 * 8 + 1 * 2)",
                    SLOTS,
                    more="10:08:00 gia agent.state state=talking team=desk capacity=chat:1,voice:1",
                    where=f"{_DESK}.occupancy_slot_by_channel.chat",
                ),
                Example(0.3333, "(4 + 2 + 4) / (3 * 10)", SLOTS, where=f"{_DESK}.occupancy_slot_ratio"),
            ),
            sources=(of.AMAZON,),
            note="A call takes all of gia, a chat a third: she was full for 4 minutes by voice, and a fifth "
            "full by chat on average. Together that is the sum, 0.6, as long as the slots stay the same. "
            "Capacity may change with any state (third value). The occupancy of slots (fourth) knows the "
            "largest number alone, and so takes a call for a third. A channel that nobody told is left out.",
        ),
        Entry(
            name="concurrency_ratio",
            title="Concurrency",
            formula="time of legs in talk or hold, over the time in which agents talked or held",
            symbols="Σ legs / Σ (talking + hold)",
            needs=_LEGS,
            unit=Unit.MULTIPLE,
            booked=_PASSING,
            examples=(Example(1.5, "(4 + 2) / 4", SHIFT, where=f"{_CHATS}.concurrency_ratio"),),
            sources=(of.CONCURRENCY,),
            note="How many contacts an agent had at once while there was any: here one and a half. AHT over "
            "it is what a contact costs in time of agents.",
        ),
        Entry(
            name="utilisation_ratio",
            title="Utilisation",
            formula="time talking, on hold, in after-contact work, and not ready or otherwise busy for a "
            "productive reason, over all time logged in",
            symbols="Σ (busy + productive) / Σ logged in",
            needs=_STATES,
            unit=Unit.RATIO,
            booked=_PASSING,
            examples=(Example(0.5, "(4 + 1) / 10", SHIFT, where=f"{_CHATS}.utilisation_ratio"),),
            sources=(of.COPC,),
            note="Others use the word for occupancy, or for capacity. The productive reasons are a setting: "
            "`training` unless it says otherwise. Time unknown is in neither part.",
        ),
        Entry(
            name="adherence_ratio",
            title="Adherence",
            formula="scheduled time in a state that the schedule asks for, over all scheduled time; after "
            "each edge of the schedule every state is right for the grace, 60 s by default",
            symbols="Σ adherent / Σ scheduled",
            needs=_PLANS,
            unit=Unit.RATIO,
            booked=_PASSING,
            examples=(Example(0.8, "(6 + 2) / 10", SHIFT, where=f"{_CHATS}.adherence_ratio"),),
            sources=(of.AMAZON,),
            note="Any state but not ready and logged out does where work is planned, these two where it is "
            "not. From 10:06:00 to 10:08:00 work was planned, and dea was in training and on a break: the 2 "
            "minutes missing. A productive reason counts for utilisation, not here. A schedule published "
            "later is held to the past as well. Time unknown is in neither part.",
        ),
        Entry(
            name="conformance_ratio",
            title="Conformance",
            formula="time in productive states, over the time that was scheduled for work; both only where a "
            "schedule was published",
            symbols="Σ produced / Σ scheduled for work",
            needs=_PLANS,
            unit=Unit.MULTIPLE,
            booked=_PASSING,
            examples=(Example(0.75, "6 / 8", SHIFT, where=f"{_CHATS}.conformance_ratio"),),
            sources=(of.GENESYS_CONFORMANCE,),
            note="How much, not when: above 1 for who worked more than planned. Who works through the break "
            "and rests an hour later conforms and does not adhere.",
        ),
        Entry(
            name="offers_made",
            title="Offers made",
            formula="offers of contacts to agents of the team",
            symbols="",
            needs=_OFFERS,
            unit=Unit.COUNT,
            booked="when it happens",
            examples=(Example(3, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_made"),),
            sources=(of.OURS_FACTS,),
        ),
        Entry(
            name="offers_answered",
            title="Offers answered",
            formula="answers by agents of the team to contacts that were offered",
            symbols="",
            needs=_OFFERS,
            unit=Unit.COUNT,
            booked="when it happens",
            examples=(Example(1, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_answered"),),
            sources=(of.OURS_FACTS,),
        ),
        Entry(
            name="offers_declined",
            title="Offers declined",
            formula="offers that an agent refused or let ring out",
            symbols="",
            needs=_OFFERS,
            unit=Unit.COUNT,
            booked="when it happens",
            examples=(Example(1, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_declined"),),
            sources=(of.OURS_FACTS,),
        ),
        Entry(
            name="offers_abandoned",
            title="Abandoned while ringing",
            formula="abandons during an offer: nobody's miss",
            symbols="",
            needs=_OFFERS,
            unit=Unit.COUNT,
            booked="when it happens",
            examples=(Example(1, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_abandoned"),),
            sources=(of.OURS_FACTS,),
        ),
        Entry(
            name="offers_lost",
            title="Taken by another agent",
            formula="offers that still rang when another agent answered: nobody's miss, and no decline even "
            "if one is told afterwards",
            symbols="",
            needs=_OFFERS,
            unit=Unit.COUNT,
            booked="when the other agent answers",
            examples=(Example(0, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_lost"),),
            sources=(of.OURS_FACTS,),
        ),
        Entry(
            name="offers_answered_ratio",
            title="Answer rate of agents",
            formula="offers answered, over offers made without those that the customer abandoned or another "
            "agent took",
            symbols="answered / (made - abandoned - lost)",
            needs=_OFFERS,
            unit=Unit.RATIO,
            booked="when it happens",
            examples=(
                Example(0.5, "1 / (3 - 1 - 0)", MORNING, more=_RUNG, where=f"{_CHATS}.offers_answered_ratio"),
            ),
            sources=(of.OURS_FACTS,),
            note="Agents are ranked by it only where the settings ask for that, at /api/v1/agents: by the "
            "lower bound of its 95 % interval, from a minimum of offers on.",
        ),
        Entry(
            name="state_seconds",
            title="Time by state",
            formula="agent seconds in each state; time logged out is not measured",
            symbols="Σ seconds",
            needs=("agent.state", "agent.heartbeat"),
            unit=Unit.SECONDS,
            booked=_PASSING,
            examples=(
                Example(540.0, "(5 + 4) * 60", TEAM, where=f"{_SILENT_TIME}.talking"),
                Example(240.0, "600 - 360", SILENT, where=f"{_SILENT_TIME}.unknown"),
            ),
            sources=(of.AMAZON, of.OURS_TIME, of.OURS_SILENT),
            note="`unknown` is time since a desktop fell silent (second value), of agents who are unknown "
            "now. Who comes back was there: the time then counts as that of the state again.",
        ),
        Entry(
            name="not_ready",
            title="Time not ready, by reason",
            formula="agent seconds not ready for each reason, the longest first; at most 32 of them, then "
            "`other`, and `unspecified` for time without a reason",
            symbols="Σ seconds",
            needs=_STATES,
            unit=Unit.SECONDS,
            booked=_PASSING,
            examples=(
                Example(180.0, "3 * 60", SHIFT, where=f"{_CHATS}.not_ready.break.seconds"),
                Example(60.0, "1 * 60", SHIFT, where=f"{_CHATS}.not_ready.training.seconds"),
            ),
            sources=(of.AMAZON,),
            note="They add up to `not_ready` of the time by state.",
            also=("not_ready_seconds",),
        ),
        Entry(
            name="agents",
            title="Agents of the team by state",
            formula="agents of the team, each once, by the state they are in; `unknown` for those whose "
            "desktops sent heartbeats and fell silent, 6 minutes ago by default",
            symbols="",
            needs=("agent.state", "agent.heartbeat"),
            unit=Unit.COUNT,
            booked="now",
            examples=(
                Example(1, "", TEAM, where="agents.invoices.agents.wrapup"),
                Example(1, "", SILENT, where="agents.invoices.agents.unknown"),
                Example(0, "1 - 1", SILENT, where="agents.invoices.agents.available"),
            ),
            sources=(of.AMAZON, of.OURS_SILENT),
            note="A closed browser sends no last word: without this its agent would be available for ever "
            "(third value). Who never sent a heartbeat is never unknown. Signs of life are kept to the "
            "minute, so an agent may become unknown up to a minute early.",
        ),
    ),
)
