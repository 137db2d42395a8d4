"""The groups of what is measured: of queues, of agents."""

from stream.domain.measures import counts, now, replies, times
from stream.domain.measures import sources as of
from stream.domain.measures.measure import Unit
from stream.domain.measures.staff import STAFF
from tools.docs.definitions.entry import Entry, Example, Group, Layout, entries
from tools.docs.definitions.examples import OF_NOW, OF_QUEUES, OF_STAFF
from tools.docs.definitions.stories import SILENT, TEAM

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

TEAMS = Group(
    "Teams, sites, all agents",
    "Time is measured by the clock, not by finished calls: a state is cut at the edges of the window, and "
    "the one that lasts is counted up to now. Sums over agents are divided last. Each value stands for every "
    "team under `agents`, for every site under `sites`, and for all agents, each once, under `staff`.",
    "agents.invoices",
    (
        *entries(STAFF, OF_STAFF),
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

NOW = Group(
    "Now",
    "States, not events: they tick without any event, and belong to no window. Zero waiting is data; the "
    "longest wait of nobody is not.",
    "queues.billing.now",
    entries((row for row in now.NOW if row.where), OF_NOW),
    Layout.TABLE,
)
