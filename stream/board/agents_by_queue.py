"""Counts of the agents who serve each queue, by shown state."""

from collections.abc import Mapping

from stream.domain.agent.state import AgentLive
from stream.domain.tally import Tally, merge

_Shown = tuple[str, tuple[str, ...]]


class AgentsByQueue:
    """Counts agents by queue and state, updated only for agents whose state or queues changed.

    `queues` are those that any agent serves; a new set whenever they change.
    """

    def __init__(self) -> None:
        self.by_queue: dict[str, Tally] = {}
        self.queues: frozenset[str] = frozenset()
        self._known: dict[str, _Shown] = {}

    def follow(self, agents: Mapping[str, AgentLive], states: Mapping[str, str]) -> None:
        """Count these agents in these states, and no others."""
        known = self._known
        for entity in known.keys() - agents.keys():
            self._count(known.pop(entity), -1)
        for entity, agent in agents.items():
            shown = (states[entity], agent.queues)
            before = known.get(entity)
            if before != shown:
                if before is not None:
                    self._count(before, -1)
                self._count(shown, 1)
                known[entity] = shown
        served = {queue for queue, states in self.by_queue.items() if states}
        if served != self.queues:
            self.queues = frozenset(served)

    def _count(self, shown: _Shown, amount: int) -> None:
        state, queues = shown
        for queue in queues:
            merge(self.by_queue.setdefault(queue, {}), {state: amount})
