"""Every definition, in the order of the page.

A new KPI is a row in `stream.domain.measures`, and its example in `examples`.
"""

from tools.docs.definitions.entry import Entry, Example, Group
from tools.docs.definitions.intervals import INTERVALS
from tools.docs.definitions.kpis import COUNTS, NOW, REPLIES, TEAMS, TIMES
from tools.docs.definitions.levels import ATTRIBUTIONS, CLOCK_STOPS, LEVELS, POLICIES, PROMISES
from tools.docs.definitions.reading import READING
from tools.docs.definitions.rules import PRESETS, RULES
from tools.docs.definitions.status import STATUSES

#: What stands on the board.
KPIS = (STATUSES, LEVELS, COUNTS, TIMES, REPLIES, NOW, TEAMS, PROMISES, INTERVALS)
#: What a definition can be made of.
CHOICES = (RULES, ATTRIBUTIONS, POLICIES, CLOCK_STOPS, PRESETS)
GROUPS = (*KPIS, *CHOICES, READING)


def place(group: Group, entry: Entry, example: Example) -> str:
    """The path in the board at which the value of an example stands."""
    if example.where:
        return example.where
    return group.where if group in CHOICES else f"{group.where}.{entry.name}"
