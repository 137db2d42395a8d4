"""The groups of what is measured in windows of a queue."""

from stream.domain.measures import counts, replies, times
from tools.docs.definitions.entry import Group, Layout, entries
from tools.docs.definitions.examples import OF_QUEUES

COUNTS = Group(
    "Counts",
    "Of visits: a contact that enters two queues is two visits. Each is counted at the instant of the event, "
    "not at the end of the call.",
    "queues.billing.windows.15m",
    entries(counts.COUNTS, OF_QUEUES),
    Layout.TABLE,
)

TIMES = Group(
    "Waits and handle times",
    "Sums are kept and divided last; over queues the sums are added, never the means. Percentiles come from "
    "a histogram that adds as well.",
    "queues.billing.windows.15m",
    entries(times.TIMES, OF_QUEUES),
)

REPLIES = Group(
    "Replies to messages",
    "A reply is the first message of a person (or bot) after one of the customer: several messages in a row "
    "are answered once, and who writes unasked replies to nothing. A reply counts in the queue that the "
    "contact entered last, or, before any, first; what is not answered yet is in no mean. A queue entry "
    "after messages of a bot is a hand-off, unless people had the contact already.",
    "queues.webchat.windows.15m",
    entries(replies.REPLIES, OF_QUEUES),
)
