"""How long customers waited for replies to messages."""

from tools.docs.definitions import sources as of
from tools.docs.definitions.entry import Entry, Example, Group, Unit
from tools.docs.definitions.stories import CHAT

_WRITING = ("message.sent", "visit.queued", "contact.started")
_AT = "at the reply"

REPLIES = Group(
    "Replies to messages",
    "A reply is the first message of a person (or bot) after one of the customer: several messages in a row "
    "are answered once, and who writes unasked replies to nothing. A reply counts in the queue that the "
    "contact entered last, or, before any, first; what is not answered yet is in no mean. A queue entry "
    "after messages of a bot is a hand-off, unless people had the contact already.",
    "queues.webchat.windows.15m",
    (
        Entry(
            name="first_response_seconds",
            title="First response",
            formula="the beginning of the contact, its reopening or its latest hand-off, whichever is last, "
            "to the first reply of a person, summed, over these replies",
            symbols="Σ (first reply - beginning) / first replies",
            needs=_WRITING,
            unit=Unit.SECONDS,
            booked=_AT,
            examples=(Example(40.0, "(60 + 20) / 2", CHAT),),
            sources=(of.CHATWOOT, of.OURS_FACTS),
            note="m1 counts from the hand-off at 10:01:00, not from the bot's turn; a transfer from one "
            "agent to another does not start it anew. After an unasked message of an agent it counts from "
            "what the customer writes next. A contact that is over is reopened by what the customer writes, "
            "by a queue entry or a new start, and has a first response again.",
        ),
        Entry(
            name="first_response_p90_seconds",
            title="First response that nine in ten did not exceed",
            formula="the least first response that 90 % did not exceed (nearest rank)",
            symbols="at rank ⌈0.90 n⌉",
            needs=_WRITING,
            unit=Unit.SECONDS,
            booked=_AT,
            examples=(Example(60.0, "", CHAT, within=0.01),),
            sources=(of.PLAIN, of.OURS_BUCKETS),
            note="The 2nd of two. Within 1 %, for it is read from buckets.",
        ),
        Entry(
            name="response_seconds",
            title="Response",
            formula="the first message of the customer that nobody answered to the reply of a person, "
            "summed, over these replies, first ones too",
            symbols="Σ (reply - first unanswered message) / replies",
            needs=_WRITING,
            unit=Unit.SECONDS,
            booked=_AT,
            examples=(Example(43.3333, "(80 + 30 + 20) / 3", CHAT),),
            sources=(of.CHATWOOT_RESPONSE,),
            note="m1 wrote at 10:00:40, before the hand-off, and waited 80 s for a person; at 10:03:00 and "
            "10:03:20, and waited 30 s from the first. What a bot has answered waits for nobody, until the "
            "hand-off: from then on it waits for people.",
        ),
        Entry(
            name="response_with_bots_seconds",
            title="Response, bots counted too",
            formula="the same for every reply, of a person or a bot; a hand-off makes no difference",
            symbols="Σ (any reply - first unanswered message) / any replies",
            needs=_WRITING,
            unit=Unit.SECONDS,
            booked=_AT,
            examples=(Example(33.75, "(5 + 80 + 30 + 20) / 4", CHAT),),
            sources=(of.CHATWOOT,),
            note="What the customer sees. A quick bot makes it look good: read it beside the first response.",
        ),
    ),
)
