"""The order of events, from the only module that decides it: `stream.domain.order`, docs/adr/0027."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.order import arranged, content_key, in_order

#: The columns of the table `in_force` that `placed` needs.
COLUMNS = "entity, subject, at_ms, rank, uid, number, a, b, c, sequence"
_STATE = int(Kind.AGENT_STATE)


def placed(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, str, str, str]]:
    """Entity, subject, identity and place (from 1) of each event. `rows` are grouped by subject."""
    for (entity, subject), own in groupby(rows, key=itemgetter(0, 1)):
        facts = [Fact(*row[2:]) for row in own]
        ordered = in_order(facts) if entity == "contact" else _of_agent(facts)
        for place, fact in enumerate(ordered, start=1):
            yield entity, subject, fact.uid, str(place)


def _of_agent(facts: Iterable[Fact]) -> list[Fact]:
    """States in order of time, then everything else."""
    ordered = sorted(facts, key=content_key)
    return [*arranged(f for f in ordered if f.kind == _STATE), *(f for f in ordered if f.kind != _STATE)]
