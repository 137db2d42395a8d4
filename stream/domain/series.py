"""Names of series: a letter for the kind, then parts separated by tabs.

| name | what its panes count |
|---|---|
| `c<tab>queue<tab>channel` | a queue, by channel |
| `k<tab>channel` | repeat visits of contacts, negative: added to the queues they leave each contact once |
| `l<tab>queue<tab>channel` | facts that came late for a queue |
| `m<tab>queue<tab>channel` | no panes: unanswered messages, in live state only |
| `h<tab>queue<tab>channel` | no panes: agents who joined a talk, in live state only |
| `a<tab>team` | a team of agents |
| `g<tab>agent` | one agent, if the settings ask for a ranking |
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Self

NO_TEAM = "unassigned"
#: The beginning of the names of series of single agents, kept only if the settings ask for it.
PERSON = "g\t"


class QueueSeries(NamedTuple):
    """The series of one queue in one channel, with its name."""

    name: str
    queue: str
    channel: str

    @classmethod
    def named(cls, name: str) -> Self:
        """Parse the name of a queue's series; the only place that does."""
        _, queue, channel = name.split("\t")
        return cls(name, queue, channel)

    @classmethod
    def of(cls, queue: str, channel: str) -> Self:
        """The series of a queue in a channel."""
        return cls(contact_series(queue, channel), queue, channel)


def contact_series(queue: str, channel: str) -> str:
    """The name of the series of a (queue, channel)."""
    return f"c\t{queue}\t{channel}"


def repeat_visit_series(channel: str) -> str:
    """The name of the series that takes repeat visits away, so that each contact counts once."""
    return f"k\t{channel}"


def late_series(series: str) -> str:
    """The name of the series that counts late facts for the queue of `series`."""
    return f"l{series[1:]}"


def unanswered_series(series: str) -> str:
    """The name under which live state keeps unanswered messages of the queue of `series`."""
    return f"m{series[1:]}"


def joined_series(series: str) -> str:
    """The name under which live state keeps agents who joined a talk in the queue of `series`."""
    return f"h{series[1:]}"


@lru_cache(maxsize=4096)
def agent_series(team: str) -> str:
    """The name of the series of a team."""
    return f"a\t{team or NO_TEAM}"


def is_series(name: str, tabs: Mapping[str, int]) -> bool:
    """Whether a text names a series; `tabs` has the number of tabs for each letter."""
    return name[1:2] == "\t" and name.count("\t") == tabs.get(name[0])
