"""What is true of a queue at this instant."""

from stream.docs.definitions import sources as of
from stream.docs.definitions.entry import OF_A_VISIT, Entry, Example, Group, Layout, Unit
from stream.docs.definitions.stories import CALLBACK, LOST, MORNING, TEAM

NOW = Group(
    "Now",
    "States, not events: they tick without any event, and belong to no window. Zero waiting is data; the "
    "longest wait of nobody is not.",
    "queues.billing.now",
    (
        Entry(
            name="waiting",
            title="Waiting",
            formula="visits that entered and have not left, without ghosts and callbacks that are not due",
            symbols="Q",
            needs=OF_A_VISIT,
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(2, "1 + 1", MORNING),),
            sources=(of.AMAZON,),
        ),
        Entry(
            name="waiting_over_target",
            title="Waiting over the target",
            formula="those of them that have waited longer than the target",
            symbols="Q(w > T)",
            needs=OF_A_VISIT,
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(1, "", MORNING),),
            sources=(of.CISCO_EVENT,),
            note="Each is a miss already: `decided` has counted it at the target.",
        ),
        Entry(
            name="longest_wait_seconds",
            title="Longest wait",
            formula="now less the earliest queue entry of those who wait",
            symbols="now - min q(Q)",
            needs=OF_A_VISIT,
            unit=Unit.SECONDS,
            booked="now",
            examples=(Example(40.0, "600 - 560", MORNING),),
            sources=(of.AMAZON,),
            note="No value when nobody waits.",
            also=("oldest_queued_ms",),
        ),
        Entry(
            name="active",
            title="Active",
            formula="contacts talking to an agent or on hold, without ghosts",
            symbols="",
            needs=("visit.answered", "leg.ended"),
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(1, "", MORNING),),
            sources=(of.AMAZON,),
        ),
        Entry(
            name="scheduled",
            title="Scheduled callbacks",
            formula="callbacks that are not due yet",
            symbols="",
            needs=("visit.queued",),
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(1, "", CALLBACK, where="queues.callbacks.now.scheduled"),),
            sources=(of.AMAZON_CALLBACK,),
            note="At `due` it moves to `waiting` and its wait begins.",
        ),
        Entry(
            name="ghosts",
            title="Ghosts",
            formula="contacts in one state for longer than their channel ever takes: voice 2 h, chat 24 h, "
            "others without limit, or `ghost_hours`",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.COUNT,
            booked="now",
            examples=(
                Example(1, "", LOST, at="12:30:00"),
                Example(0, "1 - 1", LOST, at="12:30:00", where="queues.billing.now.waiting"),
            ),
            sources=(of.FREESWITCH,),
            note="Their end was lost on the way. They leave `waiting` and `active`, here from 1 to 0, and "
            "nothing else; a late end, or a snapshot of the source, heals them.",
        ),
        Entry(
            name="residual",
            title="Ledger",
            formula="offered, less answered, abandoned, left and waiting, since the beginning; ghosts and "
            "scheduled callbacks wait too",
            symbols="N - A - X - (F + K + errors) - all who wait",
            needs=OF_A_VISIT,
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(0, "11 - 4 - 3 - 2 - 2", MORNING),),
            sources=(of.AMAZON_SUMS, of.GENESYS_OFFERED),
            note="Always 0. Anything else says that this board lost or doubled something: believe no number "
            "of the queue until it is found.",
        ),
        Entry(
            name="agents",
            title="Agents by state",
            formula="agents who serve the queue, each once, by the state they are in",
            symbols="",
            needs=("agent.state",),
            unit=Unit.COUNT,
            booked="now",
            examples=(
                Example(
                    1,
                    "",
                    MORNING,
                    more="10:09:55 ana agent.state state=talking queues=billing,orders",
                    where="queues.billing.now.agents.talking",
                ),
            ),
            sources=(of.TWILIO_QUEUES,),
            note="Who serves two queues is counted in both: the queues do not add up to the centre.",
        ),
    ),
    Layout.TABLE,
)

TEAMS = Group(
    "Teams",
    "Time is measured by the clock, not by finished calls: a state is cut at the edges of the window, and "
    "the one that lasts is counted up to now.",
    "agents.invoices",
    (
        Entry(
            name="occupancy_ratio",
            title="Occupancy",
            formula="time talking, on hold and in after-contact work, over that and time available, summed "
            "over agents",
            symbols="Σ busy / Σ (busy + available)",
            needs=("agent.state",),
            unit=Unit.RATIO,
            booked="as time passes",
            examples=(
                Example(
                    0.6667,
                    "(6 + 4) / (6 + 4 + 4 + 1)",
                    TEAM,
                    where="agents.invoices.windows.15m.occupancy_ratio",
                ),
            ),
            sources=(of.COPC, of.AMAZON, of.OURS_TIME),
            note="Not the mean of the agents' shares, which is 70 % here. Ringing, other work, not ready and "
            "logged out are in neither part. Utilisation, which divides by staffed time, is another number.",
        ),
        Entry(
            name="agents",
            title="Agents of the team by state",
            formula="agents of the team, each once, by the state they are in",
            symbols="",
            needs=("agent.state",),
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(1, "", TEAM, where="agents.invoices.agents.wrapup"),),
            sources=(of.AMAZON,),
        ),
    ),
)
