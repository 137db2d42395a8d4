"""Waits of customers for replies to messages."""

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
        note="m1 counts from the hand-off at 10:01:00, not from the bot. A transfer between agents does not "
        "restart it. After an unasked message of an agent it counts from the next customer message. A "
        "customer message, a queue entry or a new start reopens a contact that is over, with a new first "
        "response.",
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
        title="90th percentile of the first response",
        unit=Unit.SECONDS,
        value=lambda of: Ranks(of.reading.first_replies).seconds(90),
        formula="the least first response that 90 % did not exceed (nearest rank)",
        symbols="at rank ⌈0.90 n⌉",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.PLAIN, sources.OURS_BUCKETS),
        note="The 2nd of two. It is within 1 %, because it comes from buckets.",
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
        formula="from the first unanswered customer message to the reply of a person, summed, over these "
        "replies, including first ones",
        symbols="Σ (reply - first unanswered message) / replies",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.CHATWOOT_RESPONSE,),
        note="m1 wrote at 10:00:40, before the hand-off, and waited 80 s for a person; then at 10:03:00 and "
        "10:03:20, and waited 30 s from the first. A message answered by a bot waits for people only from "
        "the hand-off on.",
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
        title="Response including bots",
        unit=Unit.SECONDS,
        value=mean(fields.ANY_WAIT, fields.ANY_REPLIES),
        formula="the same for every reply, of a person or a bot; a hand-off makes no difference",
        symbols="Σ (any reply - first unanswered message) / any replies",
        needs=_WRITING,
        booked=_AT,
        sources=(sources.CHATWOOT,),
        note="The customer's view. A quick bot makes it look good, so read it beside the first response.",
        brief="The same, including replies of bots.",
        metrics=(
            Exposed(Place.WINDOW, "response_with_bots_mean_seconds", "The same of every reply, of bots too."),
        ),
    ),
)
