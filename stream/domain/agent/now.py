"""Live agents, indexed as boards need them."""

from collections import defaultdict
from collections.abc import Iterable

from stream.domain.agent.state import AgentLive, weights_of
from stream.domain.tally import Tally, merge


class AgentsNow:
    """The state of each agent by key. `staffed` sums their weights by team; see `weights_of`."""

    def __init__(self) -> None:
        self.agents: dict[str, AgentLive] = {}
        self.staffed: dict[str, Tally] = defaultdict(dict)

    def move(self, key: str, before: AgentLive | None, after: AgentLive | None) -> Iterable[str]:
        """See `LiveIndex`."""
        for agent, sign in ((before, -1), (after, 1)):
            if agent is not None:
                merge(self.staffed[agent.team], weights_of(agent), sign)
        if after is not None:
            self.agents[key] = after
        else:
            self.agents.pop(key, None)
        return ()
