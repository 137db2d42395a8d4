"""The names of series: whose panes a tally belongs to. A letter tells the kind, tabs part what follows.

| name | panes of |
|---|---|
| `c<tab>queue<tab>channel` | a queue, by channel |
| `k<tab>channel` | what contacts' later visits contribute, taken away once more |
| `l<tab>queue<tab>channel` | what came late for a queue |
| `m<tab>queue<tab>channel` | none: messages that wait for an answer, in live state only |
| `h<tab>queue<tab>channel` | none: who joined the talk of another agent, in live state only |
| `a<tab>team` | a team of agents |
| `g<tab>agent` | one agent, where the settings ask for a ranking |
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Self

NO_TEAM = "unassigned"
#: How the names of series of single agents begin; they are kept only where the settings ask for it.
PERSON = "g\t"


class QueueSeries(NamedTuple):
    """The series of one queue in one channel, with its name."""

    name: str
    queue: str
    channel: str

    @classmethod
    def named(cls, name: str) -> Self:
        """The series that has a name: the only place that takes one apart."""
        _, queue, channel = name.split("\t")
        return cls(name, queue, channel)

    @classmethod
    def of(cls, queue: str, channel: str) -> Self:
        """The series of a queue in a channel."""
        return cls(contact_series(queue, channel), queue, channel)


def contact_series(queue: str, channel: str) -> str:
    """The name of the cells of a (queue, channel)."""
    return f"c\t{queue}\t{channel}"


def again_series(channel: str) -> str:
    """The name of the cells that, added to the queues, count each contact once, by its first visit."""
    return f"k\t{channel}"


def late_series(series: str) -> str:
    """The name of the cells with what came late for the queue of `series`."""
    return f"l{series[1:]}"


def unanswered_series(series: str) -> str:
    """Where live state keeps the messages that wait for an answer in the queue of `series`."""
    return f"m{series[1:]}"


def joined_series(series: str) -> str:
    """Where live state keeps who joined a talk in the queue of `series`."""
    return f"h{series[1:]}"


@lru_cache(maxsize=4096)
def agent_series(team: str) -> str:
    """The name of the cells of a team."""
    return f"a\t{team or NO_TEAM}"


def is_series(name: str, tabs: Mapping[str, int]) -> bool:
    """Whether a text is the name of a series of these letters, each with so many tabs."""
    return name[1:2] == "\t" and name.count("\t") == tabs.get(name[0])
