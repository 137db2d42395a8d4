"""What is true of a queue at this instant."""

from stream.domain.measures import sources as of
from stream.domain.measures.basis import OF_A_VISIT
from stream.domain.measures.measure import Unit
from tools.docs.definitions.entry import Entry, Example, Group, Layout
from tools.docs.definitions.stories import CALLBACK, CHAT, LOST, MORNING, TEAM

_ASKED, _CHATS = "10:04:50 m2 message.sent by=customer", "queues.webchat.now"

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
            examples=(
                Example(1, "", MORNING),
                Example(0, "1 - 1", MORNING, more="10:09:58 c9 contact.ended"),
            ),
            sources=(of.AMAZON, of.OURS_FACTS),
            note="The end of the contact (second value) ends the leg too.",
        ),
        Entry(
            name="longest_talk_seconds",
            title="Longest contact in progress",
            formula="now less the earliest answer of those who are active, on hold or not",
            symbols="now - min a",
            needs=("visit.answered", "leg.ended"),
            unit=Unit.SECONDS,
            booked="now",
            examples=(Example(100.0, "600 - 500", MORNING),),
            sources=(of.OURS_FACTS,),
            note="AHT is of legs that are over: this tells of the long one that is not. No value when nobody "
            "talks.",
        ),
        Entry(
            name="mean_talk_seconds",
            title="Mean age of contacts in progress",
            formula="time since their answer of those who are active, summed, over them",
            symbols="Σ (now - a) / active",
            needs=("visit.answered", "leg.ended"),
            unit=Unit.SECONDS,
            booked="now",
            examples=(
                Example(55.0, "(100 + 10) / 2", MORNING, more="10:09:50 c11 visit.answered agent=ben"),
            ),
            sources=(of.OURS_FACTS,),
        ),
        Entry(
            name="unanswered",
            title="Contacts that wait for a reply",
            formula="contacts in which the customer has written and no person has answered since",
            symbols="",
            needs=("message.sent",),
            unit=Unit.COUNT,
            booked="now",
            examples=(Example(1, "", CHAT, at="10:05:00", more=_ASKED, where=f"{_CHATS}.unanswered"),),
            sources=(of.OURS_FACTS,),
            note="Those of contacts that are over wait no longer.",
        ),
        Entry(
            name="oldest_unanswered_seconds",
            title="Longest wait for a reply",
            formula="time since the oldest message of a customer that no person has answered",
            symbols="now - oldest",
            needs=("message.sent",),
            unit=Unit.SECONDS,
            booked="now",
            examples=(
                Example(
                    10.0,
                    "60 - 50",
                    CHAT,
                    at="10:05:00",
                    more=_ASKED,
                    where=f"{_CHATS}.oldest_unanswered_seconds",
                ),
            ),
            sources=(of.OURS_FACTS,),
            note="Every first and every further reply ends it; bots do not, once people have the contact.",
        ),
        Entry(
            name="scheduled",
            title="Scheduled callbacks",
            formula="callbacks that are not due yet",
            symbols="",
            needs=("visit.queued",),
            unit=Unit.COUNT,
            booked="now",
            examples=(
                Example(1, "", CALLBACK, where="queues.callbacks.now.scheduled"),
                Example(
                    1,
                    "",
                    CALLBACK,
                    more="10:06:00 k2 contact.ended",
                    where="queues.callbacks.now.scheduled",
                ),
            ),
            sources=(of.AMAZON_CALLBACK, of.OURS_FACTS),
            note="At `due` it moves to `waiting` and its wait begins. Hanging up does not end it (second "
            "value): that is how the customer asked for it.",
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
        Entry(
            name="busy_ratio",
            title="Agents at work",
            formula="agents of the queue who ring, talk, hold or wrap up, over those and the available and "
            "otherwise busy",
            symbols="at work / staffed",
            needs=("agent.state",),
            unit=Unit.RATIO,
            booked="now",
            examples=(
                Example(
                    0.6667,
                    "2 / (2 + 1)",
                    TEAM,
                    more="10:09:30 cid agent.state state=available queues=billing",
                    where="all.now.busy_ratio",
                ),
            ),
            sources=(of.TWILIO_QUEUES, of.OURS_SILENT),
            note="At work maybe for another queue, so it is no occupancy: that is of teams. Who is not "
            "ready, logged out or unknown is in neither part.",
        ),
        Entry(
            name="open",
            title="Open",
            formula="whether the calendar of the queue says so; without a calendar it always is",
            symbols="",
            needs=(),
            unit=Unit.YES_NO,
            booked="as of now",
            examples=(
                Example(value=True, reckoning="", story=MORNING),
                Example(value=True, reckoning="", story=TEAM, where="all.now.open"),
            ),
            sources=(of.OURS_CLOCK,),
            note="By the clock of the queue; read once a minute. All queues are open while any is; without "
            "any queue there is nothing to say. Nothing is left out of any number because a "
            "queue is closed.",
        ),
    ),
    Layout.TABLE,
)
