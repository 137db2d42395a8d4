"""How long customers waited for replies to messages."""

from stream.domain import fields
from stream.domain.histogram import Ranks
from stream.domain.measures import sources
from stream.domain.measures.basis import Basis, mean
from stream.domain.measures.measure import Exposed, Measure, Place, Unit

_WRITING = ("message.sent", "visit.queued", "contact.started")
_AT = "at the reply"

REPLIES: tuple[Measure[Basis], ...] = (
    Measure(
        name="first_response_seconds",
        title="First response",
        unit=Unit.SECONDS,
        value=mean(fields.FIRST_WAIT, fields.FIRST),
        formula="the beginning of the contact, its reopening or its latest hand-off, whichever is last, "
        "to the first reply of a person, summed, over these replies",
        symbols="Σ (first reply - beginning) / first replies",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.CHATWOOT, sources.OURS_FACTS),
        note="m1 counts from the hand-off at 10:01:00, not from the bot's turn; a transfer from one "
        "agent to another does not start it anew. After an unasked message of an agent it counts from "
        "what the customer writes next. A contact that is over is reopened by what the customer writes, "
        "by a queue entry or a new start, and has a first response again.",
        brief="Mean wait for the first reply of a person to messages.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "first_response_mean_seconds",
                "Mean wait for the first reply of a person; absent without any.",
            ),
        ),
    ),
    Measure(
        name="first_response_p90_seconds",
        title="First response that nine in ten did not exceed",
        unit=Unit.SECONDS,
        value=lambda of: Ranks(of.reading.first_replies).seconds(90),
        formula="the least first response that 90 % did not exceed (nearest rank)",
        symbols="at rank ⌈0.90 n⌉",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.PLAIN, sources.OURS_BUCKETS),
        note="The 2nd of two. Within 1 %, for it is read from buckets.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "first_response_seconds",
                "Nearest-rank quantile of the wait for first replies, within 1 %.",
                "0.9",
            ),
        ),
    ),
    Measure(
        name="response_seconds",
        title="Response",
        unit=Unit.SECONDS,
        value=mean(fields.REPLY_WAIT, fields.REPLIES),
        formula="the first message of the customer that nobody answered to the reply of a person, "
        "summed, over these replies, first ones too",
        symbols="Σ (reply - first unanswered message) / replies",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.CHATWOOT_RESPONSE,),
        note="m1 wrote at 10:00:40, before the hand-off, and waited 80 s for a person; at 10:03:00 and "
        "10:03:20, and waited 30 s from the first. What a bot has answered waits for nobody, until the "
        "hand-off: from then on it waits for people.",
        brief="Mean wait for every reply of a person.",
        metrics=(
            Exposed(
                Place.WINDOW,
                "response_mean_seconds",
                "Mean wait for every reply of a person; absent without any.",
            ),
        ),
    ),
    Measure(
        name="response_with_bots_seconds",
        title="Response, bots counted too",
        unit=Unit.SECONDS,
        value=mean(fields.ANY_WAIT, fields.ANY_REPLIES),
        formula="the same for every reply, of a person or a bot; a hand-off makes no difference",
        symbols="Σ (any reply - first unanswered message) / any replies",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.CHATWOOT,),
        note="What the customer sees. A quick bot makes it look good: read it beside the first response.",
        brief="The same, bots counted too.",
        metrics=(
            Exposed(Place.WINDOW, "response_with_bots_mean_seconds", "The same of every reply, of bots too."),
        ),
    ),
)
