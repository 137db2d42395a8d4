"""The groups of KPIs of queues and of agents."""

from stream.domain.measures import counts, now, replies, times
from stream.domain.measures import sources as of
from stream.domain.measures.measure import Unit
from stream.domain.measures.staff import STAFF
from tools.docs.definitions.entry import Entry, Example, Group, Layout, entries
from tools.docs.definitions.examples import OF_NOW, OF_QUEUES, OF_STAFF
from tools.docs.definitions.stories import SILENT, TEAM

COUNTS = Group(
    "Counts",
    "Counts are of visits: a contact that enters two queues has two visits. Each counts at the time of its "
    "event, not at the end of the call.",
    "queues.billing.windows.15m",
    entries(counts.COUNTS, OF_QUEUES),
    Layout.TABLE,
)

TIMES = Group(
    "Waits and handle times",
    "Sums are kept and divided last; over queues the sums are added, never the means. Percentiles come from "
    "histograms, which also add up.",
    "queues.billing.windows.15m",
    entries(times.TIMES, OF_QUEUES),
)

REPLIES = Group(
    "Replies to messages",
    "A reply is the first message of a person or bot after a customer message. Several messages in a row get "
    "one reply, and an unasked message is no reply. A reply counts in the latest queue of the contact, or in "
    "its first queue if it had none before. Unanswered messages are in no mean. A queue entry after messages "
    "of a bot is a hand-off, unless people had the contact already.",
    "queues.webchat.windows.15m",
    entries(replies.REPLIES, OF_QUEUES),
)

TEAMS = Group(
    "Teams, sites, all agents",
    "Time counts by the clock, not by finished calls: a state is cut at the edges of the window, and the "
    "current state counts up to now. Sums over agents are divided last. Values of teams are under `agents`, "
    "of sites under `sites`, and of all agents, each counted once, under `staff`.",
    "agents.invoices",
    (
        *entries(STAFF, OF_STAFF),
        Entry(
            name="agents",
            title="Agents of the team by state",
            formula="agents of the team, each once, by state; `unknown` for agents whose desktop sent "
            "heartbeats and has been silent, by default for 6 minutes",
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
            note="A closed browser sends no event, so without this its agent would stay available forever "
            "(third value). An agent without heartbeats never becomes unknown. Signs of life are kept to "
            "the minute, so an agent may become unknown up to a minute early.",
        ),
    ),
)

NOW = Group(
    "Now",
    "Current values are states, not events: they change without events and belong to no window. Zero waiting "
    "contacts are data; the longest wait of nobody is not.",
    "queues.billing.now",
    entries((row for row in now.NOW if row.where), OF_NOW),
    Layout.TABLE,
)
