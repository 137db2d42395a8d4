"""The agents: what each is doing, and who has been idle longest."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from .calendar import Calendar
from .centre import Break, Centre, Team
from .journal import Journal

HEARTBEAT_MS = 60_000


@dataclass(slots=True, eq=False)
class Agent:
    """One person. `leaving` and `pause` are wishes, granted when the hands are free."""

    id: str
    team: Team
    state: str = "logged_out"
    idle_ms: int = 0
    leaving: bool = False
    pause: Break | None = None


class Floor:
    """Every agent, with the idle ones of each team in the order they fell idle."""

    __slots__ = ("_calendar", "_idle", "_journal", "_serving", "agents")

    def __init__(self, centre: Centre, *, calendar: Calendar, journal: Journal) -> None:
        self._calendar = calendar
        self._journal = journal
        self.agents = tuple(
            Agent(f"{team.name}-{number:03d}", team)
            for team in centre.teams
            for number in range(1, team.agents + 1)
        )
        # Ordered, as a plain dict is slow to give up its first key again and again.
        self._idle: dict[str, OrderedDict[Agent, None]] = {team.name: OrderedDict() for team in centre.teams}
        self._serving = {
            queue.name: tuple(self._idle[team.name] for team in centre.teams if queue.name in team.queues)
            for queue in centre.queues
        }

    def enter(self, agent: Agent, state: str, reason: str | None = None) -> None:
        """Change an agent's state and publish it."""
        agent.state = state
        data: dict[str, object] = {"state": state}
        if reason is not None:
            data["reason"] = reason
        data |= {"team": agent.team.name, "queues": agent.team.queues, "capacity": 1}
        self._journal.agent(agent.id, "agent.state", data)

    def rest(self, agent: Agent) -> None:
        """Let an available agent wait for an offer."""
        agent.idle_ms = self._calendar.now_ms
        self._idle[agent.team.name][agent] = None

    def withdraw(self, agent: Agent) -> bool:
        """Take an agent from among the idle; False if the agent was not idle."""
        idle = self._idle[agent.team.name]
        if agent not in idle:
            return False
        del idle[agent]
        return True

    def longest_idle(self, queue: str) -> Agent | None:
        """Take the agent who has been idle longest among those who serve the queue."""
        first = [next(iter(idle)) for idle in self._serving[queue] if idle]
        agent = min(first, key=lambda idle: (idle.idle_ms, idle.id), default=None)
        if agent is not None:
            self.withdraw(agent)
        return agent

    def beat(self, agent: Agent, first_ms: int) -> Iterator[int]:
        """Publish a logged-in agent's signs of life, the first after `first_ms`."""
        yield first_ms
        while agent.state != "logged_out":
            self._journal.agent(agent.id, "agent.heartbeat", {"team": agent.team.name})
            yield HEARTBEAT_MS
