"""What a worker keeps in memory between two batches: mostly nothing, so that all it needs is read back.

In production it keeps some ten thousand contacts, and whoever is restarted keeps none.
"""

from collections import Counter
from random import Random
from typing import Any

from stream.domain.agent.entity import AGENT
from stream.domain.cache import Room
from stream.domain.kinds import Kind
from stream.store.checkpoint import Loaded

#: How many entities, finished contacts and cells: none, a few, all.
_KEPT = (0, 0, 0, 1, 3, 1 << 20)
_AGENTS_AT_ONCE = AGENT.at_once
#: How far back agents' states stay in memory where agents do.
_STATES_MS = (0, 10_000, 1 << 40)
_COUNTED = {
    int(kind): f"loaded {kind.name.lower()}"
    for kind in (Kind.CONTACT_CORRECTED, Kind.CONTACT_RETRACTED, Kind.AGENT_CORRECTED, Kind.AGENT_RETRACTED)
}


class Memory:
    """As a seed draws it; `counts` is told what was read back."""

    def __init__(self, rng: Random, counts: Counter[str]) -> None:
        self._room = Room(*(rng.choice(_KEPT) for _ in range(3)), rng.choice(_STATES_MS))
        self._at_once = rng.choice((1, 2, _AGENTS_AT_ONCE))
        self._counts = counts

    def patches(self) -> tuple[tuple[str, Any], ...]:
        """The room of each partition instead of its share of a worker's, and how much is loaded at once."""
        return (
            ("stream.worker.ownership.Room.among", lambda *_: self._room),
            ("stream.domain.agent.entity._Agents.at_once", self._at_once),
        )

    def loaded(self, answer: Loaded) -> None:
        """The store has read this back."""
        self._counts["loaded entities"] += len(answer.facts)
        self._counts["loaded cells"] += sum(map(bool, answer.cells.values()))
        for facts in answer.facts.values():
            for fact in facts:
                if name := _COUNTED.get(fact.kind):
                    self._counts[name] += 1
